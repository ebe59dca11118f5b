import { monitors } from '../../../../../monitors/index.ts';
import { Deadline, type Verdict } from '../../../../../src/plugin/plugin.ts';
import { systemClock } from '../../../../../src/system/clock.ts';

const ignore = (): void => {};
const trace = { phase: ignore, sent: ignore, received: ignore, note: ignore };
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** A monitor of the product that asks one server, again and again if told so; what it remembers between checks is kept. */
export function asker(type: string, options: Readonly<Record<string, unknown>>, address: string) {
  const monitor = monitors.get(type);
  if (monitor === undefined) throw new Error(`expected a monitor, got ${type}`);
  const check = monitor.prepare(monitor.options.parse(options));
  return async (timeoutMs = 10_000): Promise<Verdict> => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(new Deadline(timeoutMs)), timeoutMs);
    try {
      return await check({ server: 'edge1', address }, { signal: abort.signal, trace, log, clock: systemClock });
    } finally {
      clearTimeout(timer);
    }
  };
}
