/** Section `monitors`: how servers are checked. Each has the options of its type, too. */
import { z } from 'zod';
import { dayMs, field, formatDurationMs } from '../../../plugin/fields.ts';
import type { Monitor } from '../../../plugin/plugin.ts';
import { type Loading, type Section, validOf } from '../../entry.ts';
import type { DeepReadonly } from '../../freeze.ts';
import { monitorTrial } from '../../plugins/guard.ts';
import type { Path, Report } from '../../problems.ts';
import { type Plugins, parseTyped, type TypedEntry } from '../../typed.ts';
import { type Timing, timesOf } from './timing.ts';

export type { Timing } from './timing.ts';

type Defaults = Partial<Pick<Monitor, 'interval' | 'onLimit' | 'timing' | 'timingNote'>>;

/** The keys that all monitors have; `interval` and `on_limit` have the defaults that the monitor asks for. */
export function monitorSchema({ interval = '1s', onLimit = 'drain', timing, timingNote }: Defaults = {}) {
  const note = timingNote === undefined ? '' : `; ${timingNote}`;
  const every = field.duration(10, dayMs);
  return z.strictObject({
    type: field.text().describe('Which monitor'),
    interval: (timing === undefined ? every.prefault(interval) : every.optional()).describe(
      `From the start of one check to the next${timing === undefined ? '' : `; ${interval} if absent`}${note}`,
    ),
    timeout: field
      .duration(1, dayMs)
      .optional()
      .describe(
        `A check without a verdict by then has failed; 1s if absent, or \`interval\` where that is shorter${note}`,
      ),
    fall: field.count(1, 100).default(2).describe('Bad verdicts in a row that make a server fail'),
    rise: field.count(1, 100).default(2).describe('Good verdicts in a row that make it ok again'),
    retry_interval: field
      .duration(1, dayMs)
      .optional()
      .describe(
        'In place of `interval` from the first bad verdict to `fall`; 100ms if absent, or `interval` where that is shorter',
      ),
    on_limit: z
      .enum(['drain', 'warn'])
      .default(onLimit)
      .describe('An overloaded server gets no new viewers (`drain`), or people are only notified (`warn`)'),
    tripwire: field
      .flag()
      .optional()
      .describe(
        'Hold a connection open whose closing starts the checks at once; true where the monitor has a port for it',
      ),
  });
}

export type MonitorEntry = TypedEntry<z.output<ReturnType<typeof monitorSchema>>, Monitor>;
export type Monitors = Section<MonitorEntry>;
export type MonitorConfig = DeepReadonly<Omit<ReturnType<typeof buildMonitor>, 'options'>> & {
  /** As the monitor's own schema returned them. */
  readonly options: unknown;
};

export function parseMonitor(path: Path, plugins: Plugins, loading: Loading): MonitorEntry {
  const kind = {
    noun: 'monitor' as const,
    plugins: plugins.monitors,
    own: plugins.own?.monitors,
    otherTypes: [],
    schemaFor: (plugin: Monitor | null) => monitorSchema(plugin ?? {}),
    trial: monitorTrial,
  };
  return parseTyped(kind, path, plugins, loading);
}

export function checkMonitors(monitors: Monitors, report: Report): void {
  for (const monitor of monitors.entries.values()) {
    checkTimes(monitor, report);
    const { plugin, options, path, fields } = monitor;
    if (fields.tripwire !== true || plugin === null || options === undefined) continue;
    if (plugin.tripwirePort(options) === null) {
      const got = `this \`${plugin.type}\` monitor holds no connection, got \`true\``;
      report([...path, 'tripwire'], `expected no tripwire, ${got}`);
    }
  }
}

function checkTimes({ path, fields, valid, plugin, options }: MonitorEntry, report: Report): void {
  // An absent interval may depend on the options, which are unknown when they are invalid.
  if (fields.interval === undefined && valid === null) return;
  const interval = timesOf(fields, plugin, options).intervalMs;
  for (const key of ['timeout', 'retry_interval'] as const) {
    const ms = fields[key];
    if (ms === undefined || ms <= interval) continue;
    const most = `at most the interval of ${formatDurationMs(interval)}`;
    report([...path, key], `expected a ${key} of ${most}, got \`${formatDurationMs(ms)}\``);
  }
}

export function buildMonitor(name: string, entry: MonitorEntry) {
  const { type, fall, rise, on_limit: onLimit, tripwire = true, ...times } = validOf(entry);
  const { plugin, options } = entry;
  const timing: Timing = { ...timesOf(times, plugin, options), fall, rise };
  const hasTripwire = tripwire && (plugin?.tripwirePort(options) ?? null) !== null;
  /** `onLimit`: `drain` gives an overloaded server the weight 0; `warn` leaves the table and notifies people. */
  return { name, type, timing, onLimit, tripwire: hasTripwire, options };
}
