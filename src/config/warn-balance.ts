/** Pools whose weights are to follow the load, and cannot. */
import { gainFor } from '../core/weights/gain.ts';
import { isMeant } from '../core/weights/names.ts';
import { formatDurationMs } from '../plugin/fields.ts';
import type { BalanceConfig, CheckConfig, Config, VirtualServiceConfig } from './config.ts';
import type { Draft } from './draft.ts';
import type { Path, Report } from './problems.ts';
import { didYouMean } from './suggest.ts';

/** A monitor of one server of the pool, with the measures that it holds against limits; null: they show in its answers. */
interface Source {
  readonly server: string;
  readonly monitor: CheckConfig['monitor'];
  readonly measures: readonly string[] | null;
}

/** A figure as old as three ticks is not believed any more, and a check takes its time. */
const mostTicks = 2;

export function warnOfBalance({ services, checks }: Config, draft: Draft, warn: Report): void {
  const sources = checks.map(({ server, monitor }): Source => {
    const plugin = draft.monitors.entries.get(monitor.name)?.plugin;
    return { server, monitor, measures: plugin?.loads?.(monitor.options) ?? noneOf(plugin?.loads) };
  });
  const slow = new Set<string>();
  for (const service of services.values()) {
    const { balance, name, scheduler } = service;
    if (balance === undefined) continue;
    const path = ['virtual_services', name, 'balance'];
    if (gainFor(scheduler) === null) {
      const message = `\`scheduler: ${scheduler}\` heeds no weights, so \`balance\` does nothing, expected one such as wlc`;
      warn(path, message, 'key');
      continue;
    }
    const servers = serversOf(service);
    const own = sources.filter(({ server }) => servers.includes(server));
    warnOfWords(balance, own, name, path, warn);
    warnOfUnseen(balance, own, servers, name, path, warn);
    warnOfSlow(balance, own, name, slow, warn);
  }
}

/** A monitor that says null itself is not one that says nothing. */
function noneOf(loads: unknown): readonly string[] | null {
  return loads === undefined ? [] : null;
}

function serversOf({ members }: VirtualServiceConfig): readonly string[] {
  return [...new Set(members.flatMap(({ server, backups }) => [server, ...backups]))];
}

function tells(word: string, { monitor, measures }: Source): boolean {
  return measures === null ? true : measures.some((measure) => isMeant(word, monitor.name, measure));
}

function warnOfWords({ by }: BalanceConfig, own: readonly Source[], pool: string, path: Path, warn: Report): void {
  const known = [...new Set(own.flatMap(({ measures }) => measures ?? []))];
  for (const [index, word] of by.entries()) {
    if (own.some((source) => tells(word, source))) continue;
    const none = known.length === 0 ? ', expected a monitor with limits' : `, expected one of ${known.join(', ')}`;
    const message = `no monitor of the servers of pool \`${pool}\` has a limit for \`${word}\``;
    warn([...path, 'by', index], `${message}${didYouMean(word, known) || none}`);
  }
}

/** Where nobody is seen at all, the words were warned of. */
function warnOfUnseen(
  { by }: BalanceConfig,
  own: readonly Source[],
  servers: readonly string[],
  pool: string,
  path: Path,
  warn: Report,
): void {
  const seen = new Set(own.filter((one) => by.some((word) => tells(word, one))).map(({ server }) => server));
  if (seen.size === 0) return;
  for (const server of servers) {
    if (seen.has(server)) continue;
    const message = `pool \`${pool}\` cannot see how full \`${server}\` is: no monitor of it has a limit for ${by.join(', ')}`;
    warn([...path, 'by'], message, 'key');
  }
}

function warnOfSlow(
  { by, everyMs }: BalanceConfig,
  own: readonly Source[],
  pool: string,
  told: Set<string>,
  warn: Report,
): void {
  const mostMs = Math.floor((mostTicks * everyMs) / 3);
  for (const source of own) {
    const { name, timing } = source.monitor;
    const isAsked = source.measures !== null && by.some((word) => tells(word, source));
    if (!isAsked || timing.intervalMs <= mostMs || told.has(name)) continue;
    told.add(name);
    const got = `got \`${formatDurationMs(timing.intervalMs)}\``;
    const why = `pool \`${pool}\` weighs its servers by it every ${formatDurationMs(everyMs)}`;
    warn(['monitors', name, 'interval'], `expected an interval of at most ${formatDurationMs(mostMs)}, ${got}: ${why}`);
  }
}
