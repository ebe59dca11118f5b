/** Which parts of the configuration a reload changes. */
import { isDeepStrictEqual } from 'node:util';
import type { Config, ConfiguredClient } from './config.ts';

/** As names of its parts: `server edge1 changed`, `check edge1/rtsp added`. */
export function differences(old: Config, next: Config): readonly string[] {
  const keyed = (config: Config): Map<string, unknown> => {
    const { backend, groups } = config.classify;
    const parts: [string, unknown][] = [
      ['director', config.director],
      ['mail', config.mail],
      ['classify', { backend, groups }],
      ...[...config.servers].map(([name, value]): [string, unknown] => [`server ${name}`, value]),
      ...[...config.services].map(([name, value]): [string, unknown] => [`virtual service ${name}`, value]),
      ...[...config.alerts].map(([name, value]): [string, unknown] => [`alert ${name}`, value]),
      // Without its path, whose ports and mark change with every server that is added.
      ...config.checks.map(({ path: _, ...value }): [string, unknown] => {
        return [`check ${value.server}/${value.monitor.name}`, value];
      }),
    ];
    return new Map(parts);
  };
  const [before, after] = [keyed(old), keyed(next)];
  const names = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => !isDeepStrictEqual(before.get(name), after.get(name)),
  );
  const [portBefore, portAfter] = [old.paths[0]?.sourcePort, next.paths[0]?.sourcePort];
  const isMoved = portBefore !== undefined && portAfter !== undefined && portBefore !== portAfter;
  return [
    ...(isMoved ? ['probe_ports changed'] : []),
    ...names.map((name) => {
      if (!before.has(name)) return `${name} added`;
      return `${name} ${after.has(name) ? 'changed' : 'removed'}`;
    }),
    ...clientDifferences(old.classify.clients, next.classify.clients),
  ];
}

/** One by one while they are few. The place of a client in the files does not count. */
function clientDifferences(old: readonly ConfiguredClient[], next: readonly ConfiguredClient[]): readonly string[] {
  const [before, after] = [old, next].map((all) => new Map(all.map(({ network, mark }) => [network.text, mark])));
  const added = [...(after?.keys() ?? [])].filter((text) => !before?.has(text));
  const removed = [...(before?.keys() ?? [])].filter((text) => !after?.has(text));
  const changed = [...(after ?? [])].flatMap(([text, mark]) => {
    return before?.has(text) && before.get(text) !== mark ? [text] : [];
  });
  return [...named(added, 'added'), ...named(removed, 'removed'), ...named(changed, 'changed')];
}

function named(clients: readonly string[], what: string): readonly string[] {
  return clients.length > 5 ? [`${clients.length} clients ${what}`] : clients.map((text) => `client ${text} ${what}`);
}
