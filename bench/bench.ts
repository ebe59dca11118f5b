/** `npm run bench`: how fast, on this machine, today. Appends what it saw to bench/RESULTS.md. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { LoadJob, LoadResult } from './jobs.ts';

const port = 21_000;
const seconds = 5;
const many = 2000;
const measureMs = 20_000;
const addresses = Array.from({ length: many }, (_, i) => `127.10.${Math.floor(i / 250)}.${(i % 250) + 1}`);
const lines: string[] = [];

interface Speed {
  readonly cpuPerCheckUs: number;
  readonly checksPerSecond: number;
}

say(
  `## ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC: ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`,
);
say('');
await speeds();
await loads();
appendFileSync(fileURLToPath(new URL('../../bench/RESULTS.md', import.meta.url)), `\n${lines.join('\n')}\n`);

function bare(perSecond: number, at: readonly string[]): Promise<Speed> {
  return result<Speed>('bare', [`${port}`, `${seconds}`, `${perSecond}`, ...at]);
}

async function speeds(): Promise<void> {
  say(`One process as fast as it can, 32 checks at a time, ${seconds} s each, the listener in another process:`);
  say('');
  say('| what | checks/s | CPU µs per check | times the bare loop |');
  say('| --- | --- | --- | --- |');
  const floor = await withListener('tcp', ['127.0.0.1'], () => bare(0, ['127.0.0.1']));
  row('bare connect loop', floor, floor.cpuPerCheckUs);
  for (const type of ['tcp', 'rtsp', 'rtmp']) {
    const speed = await withListener(type, ['127.0.0.1'], () =>
      result<Speed & { readonly bad: number }>('throughput', [type, '127.0.0.1', `${port}`, `${seconds}`]),
    );
    if (speed.bad > 0) throw new Error(`${speed.bad} ${type} checks did not say ok`);
    row(type, speed, floor.cpuPerCheckUs);
  }
  say('');
}

async function loads(): Promise<void> {
  say(`The whole engine, ${many} servers with one check each at 1 s, ${measureMs / 1000} s:`);
  say('');
  say(
    '| what | checks/s | CPU µs per check | times the bare loop | of a core | late p50 ms | late p99 ms | missed | RSS MB |',
  );
  say('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  const floor = await withListener('tcp', addresses, () => bare(many, addresses));
  const floorUs = floor.cpuPerCheckUs;
  say(
    `| bare connects, ${many} a second | ${floor.checksPerSecond.toFixed(0)} | ${floorUs.toFixed(0)} | 1.00 | ${((floorUs * many) / 10_000).toFixed(0)} % | | | | |`,
  );
  for (const type of ['tcp', 'rtsp', 'rtmp'] as const) {
    for (const pulse of [false, true]) {
      const job: LoadJob = { type, addresses, port, pulse, warmUpMs: 5000, measureMs };
      const load = await withListener(type, addresses, () => result<LoadResult>('engine-load', [JSON.stringify(job)]));
      if (load.notOk > 0) throw new Error(`${load.notOk} of ${many} ${type} servers are not ok`);
      const times = load.cpuPerCheckUs / floorUs;
      const figures = [load.checksPerSecond, load.cpuPerCheckUs].map((n) => n.toFixed(0));
      const late = [load.latenessP50Ms, load.latenessP99Ms].map((n) => n.toFixed(1));
      const share = `${(load.cpuShare * 100).toFixed(0)} %`;
      const name = pulse ? `${type}, with pulses and tripwires` : type;
      say(
        `| ${[name, ...figures, times.toFixed(2), share, ...late, load.missedBeats, load.rssMb.toFixed(0)].join(' | ')} |`,
      );
    }
  }
}

function row(name: string, { checksPerSecond, cpuPerCheckUs }: Speed, bareUs: number): void {
  say(
    `| ${name} | ${checksPerSecond.toFixed(0)} | ${cpuPerCheckUs.toFixed(0)} | ${(cpuPerCheckUs / bareUs).toFixed(2)} |`,
  );
}

async function withListener<T>(type: string, at: readonly string[], work: () => Promise<T>): Promise<T> {
  const listener = child('listeners', [type, `${port}`, ...at]);
  try {
    await answer(listener);
    return await work();
  } finally {
    listener.kill('SIGKILL');
  }
}

async function result<T>(program: string, args: readonly string[]): Promise<T> {
  const running = child(program, args);
  const gone = once(running, 'exit');
  const value = await answer<T>(running);
  await gone;
  return value;
}

function child(program: string, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`./${program}.js`, import.meta.url)), args);
}

/** The first message of a child; rejects when it ends without one. */
function answer<T>(from: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    from.once('message', (message) => resolve(message as T));
    from.once('exit', (code) => reject(new Error(`${from.spawnargs[1]} ended with ${code} and no result`)));
  });
}

function say(line: string): void {
  console.log(line);
  lines.push(line);
}
