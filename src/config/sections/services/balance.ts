/** `balance` of a virtual service: weights that follow the load. */
import { z } from 'zod';
import { gainFor } from '../../../core/weights/gain.ts';
import { isMeant } from '../../../core/weights/names.ts';
import { field, formatDurationMs } from '../../../plugin/fields.ts';
import type { DeepReadonly } from '../../freeze.ts';
import type { Path, Report } from '../../problems.ts';
import { didYouMean } from '../../suggest.ts';
import type { Monitors } from '../monitors/monitors.ts';
import type { CheckConfig } from '../watches.ts';

const maxNames = 32;

export const balanceSchema = z
  .strictObject({
    by: z
      .array(field.text().max(128), 'expected a list of names such as [cpu, band_out]')
      .min(1, 'expected at least one name')
      .max(maxNames, `expected at most ${maxNames} names`)
      .describe('What can be full, where the monitor has a limit for it: a measure, a monitor, or monitor/measure'),
    every: field
      .duration(3000, 600_000)
      .prefault('15s')
      .describe('How often weights change; the load is read three times as often'),
    dry_run: field
      .flag()
      .default(false)
      .describe('Change nothing; only report the weights in the log, in status and in explain'),
  })
  .transform(({ by, every: everyMs, dry_run: dryRun }) => ({ by, everyMs, dryRun }));

export type BalanceConfig = DeepReadonly<z.output<typeof balanceSchema>>;

/** What is needed of a virtual service. */
interface Service {
  readonly name: string;
  readonly scheduler: string;
  readonly members: readonly { readonly server: string; readonly backups: readonly string[] }[];
  readonly balance?: BalanceConfig;
}

/** A monitor of one server of the pool, with the measures for which it has limits; null: only its verdicts show them. */
interface Source {
  readonly server: string;
  readonly monitor: CheckConfig['monitor'];
  readonly measures: readonly string[] | null;
}

/** A figure older than three ticks is not used, and a check takes its time. */
const maxTicks = 2;

/** Pools whose weights cannot follow the load. */
export function warnOfBalance(
  services: Iterable<Service>,
  checks: readonly CheckConfig[],
  monitors: Monitors,
  warn: Report,
): void {
  const sources = checks.map(({ server, monitor }): Source => {
    const plugin = monitors.entries.get(monitor.name)?.plugin;
    return { server, monitor, measures: plugin?.loads === undefined ? [] : plugin.loads(monitor.options) };
  });
  const slow = new Set<string>();
  for (const { balance, name, scheduler, members } of services) {
    if (balance === undefined) continue;
    const path = ['virtual_services', name, 'balance'];
    if (gainFor(scheduler) === null) {
      const message = `\`scheduler: ${scheduler}\` ignores weights, so \`balance\` has no effect, expected one such as wlc`;
      warn(path, message, 'key');
      continue;
    }
    const servers = [...new Set(members.flatMap(({ server, backups }) => [server, ...backups]))];
    const own = sources.filter(({ server }) => servers.includes(server));
    warnOfWords(balance, own, name, path, warn);
    warnOfUnseen(balance, own, servers, name, path, warn);
    warnOfSlow(balance, own, name, slow, warn);
  }
}

function hasLimit(word: string, { monitor, measures }: Source): boolean {
  return measures === null || measures.some((measure) => isMeant(word, monitor.name, measure));
}

function warnOfWords({ by }: BalanceConfig, own: readonly Source[], pool: string, path: Path, warn: Report): void {
  const known = [...new Set(own.flatMap(({ measures }) => measures ?? []))];
  for (const [index, word] of by.entries()) {
    if (own.some((source) => hasLimit(word, source))) continue;
    const none = known.length === 0 ? ', expected a monitor with limits' : `, expected one of ${known.join(', ')}`;
    const message = `no monitor of the servers of pool \`${pool}\` has a limit for \`${word}\``;
    warn([...path, 'by', index], `${message}${didYouMean(word, known) || none}`);
  }
}

/** Nothing when no server is seen at all: then the words in `by` have warnings. */
function warnOfUnseen(
  { by }: BalanceConfig,
  own: readonly Source[],
  servers: readonly string[],
  pool: string,
  path: Path,
  warn: Report,
): void {
  const seen = new Set(own.filter((source) => by.some((word) => hasLimit(word, source))).map(({ server }) => server));
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
  warned: Set<string>,
  warn: Report,
): void {
  const maxMs = Math.floor((maxTicks * everyMs) / 3);
  for (const source of own) {
    const { name, timing } = source.monitor;
    const isUsed = source.measures !== null && by.some((word) => hasLimit(word, source));
    if (!isUsed || timing.intervalMs <= maxMs || warned.has(name)) continue;
    warned.add(name);
    const got = `got \`${formatDurationMs(timing.intervalMs)}\``;
    const why = `pool \`${pool}\` weighs its servers by it every ${formatDurationMs(everyMs)}`;
    warn(['monitors', name, 'interval'], `expected an interval of at most ${formatDurationMs(maxMs)}, ${got}: ${why}`);
  }
}
