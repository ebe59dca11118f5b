/** On which processor a guest runs. Guests that play at the same time get one each, their lane. */
import * as fs from 'node:fs';
import * as os from 'node:os';

/** Vitest numbers its workers from 1; null: this process is not one of them. */
export function laneCpu(): number | null {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0);
  const cpus = allowedCpus();
  return worker > 0 ? (cpus[(worker - 1) % cpus.length] ?? null) : null;
}

/** The processor that was idle most of the last 100 ms. */
export function idlestCpu(): number {
  const idle = (): ReadonlyMap<number, number> => new Map(os.cpus().map(({ times }, cpu) => [cpu, times.idle]));
  const before = idle();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  const after = idle();
  const gained = (cpu: number): number => (after.get(cpu) ?? 0) - (before.get(cpu) ?? 0);
  const cpus = allowedCpus();
  return cpus.reduce((best, cpu) => (gained(cpu) > gained(best) ? cpu : best), cpus[0] ?? 0);
}

function allowedCpus(): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
