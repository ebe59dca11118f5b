/** The monitors of a mon.cf with their times, under names of ours; equal ones are one. */
import { asName, createNames } from '../cluster/names.ts';
import { noTimes, timesOf, timesOfProgram } from '../cluster/numbers.ts';
import { type FileRemarks, shown } from '../cluster/remarks.ts';
import { monitorDraft, monitorFolder } from './monitors.ts';
import { type MonFile, type Service, timevalMs } from './records.ts';

export interface Checks {
  /** The name of the monitor of a service, or null when none could be made, and a remark says so. */
  take(group: string, service: Service, fall: number | null): string | null;
  monitors(): Readonly<Record<string, object>>;
  /** Says which settings of the file had no use; to be called last. */
  reportUnused(): void;
}

export function createChecks(file: MonFile, remarks: FileRemarks): Checks {
  const names = createNames();
  const byContent = new Map<string, string>();
  const monitors = new Map<string, object>();
  const { globals } = file;
  const folder = monitorFolder(globals.get('mondir')?.text ?? null, globals.get('basedir')?.text ?? null);
  let isLookedUp = false;
  return { take, monitors: () => Object.fromEntries(monitors), reportUnused };

  function reportUnused(): void {
    if (isLookedUp) return;
    for (const { line } of globals.values())
      remarks.skipped(line, 'no program of mon is needed, so this folder is not used');
  }

  function take(group: string, service: Service, fall: number | null): string | null {
    const { settings, variables } = service;
    const [monitor, interval] = [settings.get('monitor'), settings.get('interval')];
    if (monitor === undefined || interval === undefined) return null;
    const intervalMs = timevalMs(interval.text);
    if (intervalMs === null) {
      remarks.error(interval.line, `expected an interval such as 10s, got ${shown(interval.text)}`);
      return null;
    }
    const draft = monitorDraft(
      monitor.text,
      variables.map(({ text }) => text),
      folder,
    );
    if (draft === null) {
      remarks.error(monitor.line, 'expected a program after `monitor`, got nothing');
      return null;
    }
    isLookedUp ||= draft.isLookedUp;
    for (const text of draft.changed) remarks.changed(monitor.line, text);
    const isProgram = draft.check.entry['type'] === 'command';
    if (draft.timeoutMs === null) {
      remarks.once(
        monitor.line,
        isProgram
          ? 'mon waits for a program without limit: here it has 10s, or its interval if that is shorter'
          : 'no `-t`: a check has 1s here, where the monitor of mon waits 10s and more',
      );
    }
    if (fall === null) {
      const retry = 'the second one 100ms after the first, and ok after 2 good ones';
      remarks.once(monitor.line, `no \`alertafter\`: here a server is failing after 2 failed checks, ${retry}`);
    }
    const { timeoutMs } = draft;
    const times = { ...noTimes, intervalMs, timeoutMs, retryIntervalMs: retryIntervalMs(service), fall };
    const report = (text: string) => remarks.changed(interval.line, text);
    const entry = { ...draft.check.entry, ...(isProgram ? timesOfProgram(times, report) : timesOf(times, report)) };
    return nameFor(entry, asName(service.name) || asName(draft.check.name) || 'monitor', group);
  }

  function nameFor(entry: object, base: string, group: string): string {
    const key = JSON.stringify(entry);
    const known = byContent.get(key);
    if (known !== undefined) return known;
    const name = names.take(monitors.has(base) ? `${base}-${asName(group)}` : base);
    byContent.set(key, name);
    monitors.set(name, entry);
    return name;
  }

  function retryIntervalMs({ settings }: Service): number | null {
    const phrase = settings.get('failure_interval');
    if (phrase === undefined) return null;
    const ms = timevalMs(phrase.text);
    if (ms === null) remarks.skipped(phrase.line, `expected an interval such as 10s, got ${shown(phrase.text)}`);
    else remarks.changed(phrase.line, '`failure_interval` is `retry_interval` here: only until the server is failing');
    return ms;
  }
}
