/** Times of a monitor that must fit each other, and other keys of one entry. */

import { formatDurationMs } from '../../plugin/fields.ts';
import type { Draft } from '../draft.ts';
import type { MonitorDraft } from '../kinds.ts';
import type { Report } from '../problems.ts';
import { timesOf } from '../timing.ts';

export function checkMonitors(draft: Draft, report: Report): void {
  for (const monitor of draft.monitors.entries.values()) {
    checkTimes(monitor, report);
    const { plugin, options, path, fields } = monitor;
    if (fields.tripwire !== true || plugin === null || options === undefined) continue;
    if (plugin.tripwirePort(options) === null) {
      report(
        [...path, 'tripwire'],
        `expected no tripwire, this \`${plugin.type}\` monitor holds no connection, got \`true\``,
      );
    }
  }
}

function checkTimes({ path, fields, whole, plugin, options }: MonitorDraft, report: Report): void {
  // Where it is absent, the options tell it.
  if (fields.interval === undefined && whole === null) return;
  const interval = timesOf(fields, plugin, options).intervalMs;
  for (const key of ['timeout', 'retry_interval'] as const) {
    const ms = fields[key];
    if (ms === undefined || ms <= interval) continue;
    const most = `at most the interval of ${formatDurationMs(interval)}`;
    report(
      [...path, key],
      `expected a ${key === 'timeout' ? 'timeout' : 'retry_interval'} of ${most}, got \`${formatDurationMs(ms)}\``,
    );
  }
}
