/** What the moving parts get from a configuration and its board: intervals, held connections, hosts with a pulse. */
import type { Config } from '../../config/config.ts';
import type { CheckId } from '../../core/model.ts';
import type { Board } from './board.ts';
import type { PulseHost } from './pulses.ts';
import type { Beat } from './scheduler.ts';
import type { Wire } from './tripwires.ts';

export function beatsOf(board: Board): readonly Beat<CheckId>[] {
  return [...board.checks.values()].map(({ id, config, monitor }) => ({
    id,
    server: config.server,
    intervalMs: config.monitor.timing.intervalMs,
    ...(monitor.together?.(config.monitor.options) === true ? { with: config.monitor.name } : {}),
  }));
}

export function wiresOf(board: Board): readonly Wire<CheckId>[] {
  return [...board.checks.values()].flatMap(({ id, config, monitor, target }): Wire<CheckId>[] => {
    const port = monitor.tripwirePort(config.monitor.options);
    return config.monitor.tripwire && port !== null ? [{ id, address: target.address, port }] : [];
  });
}

/** A server's pulse uses the configured port first, and if that stays silent the ports of its services. */
export function hostsOf(
  { director, servers }: Pick<Config, 'director' | 'servers'>,
  wires: readonly Wire<CheckId>[],
  references: readonly PulseHost[],
): readonly PulseHost[] {
  const hosts = new Map(references.map((host) => [host.address, host]));
  if (director.pulse === null) return references;
  const ports = new Map<string, Set<number>>();
  for (const { address } of servers.values()) ports.set(address, new Set([director.pulse.port]));
  for (const { address, port } of wires) ports.get(address)?.add(port);
  for (const [address, known] of ports) hosts.set(address, { address, ports: [...known] });
  return [...hosts.values()];
}
