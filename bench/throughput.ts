/** How many checks a second one process can run, with the runner and the deadline but without a beat to wait for. */
import { monitors } from '../monitors/index.ts';
import { runCheck } from '../src/engine/watch/runner.ts';
import type { Check } from '../src/plugin/plugin.ts';
import type { Log } from '../src/ports.ts';
import { systemClock } from '../src/system/clock.ts';

const [type = 'tcp', address = '127.0.0.1', port = '0', seconds = '5'] = process.argv.slice(2);
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const monitor = monitors.get(type);
const check = monitor?.prepare(monitor.options.parse({ port: Number(port) })) as Check;
const endMs = performance.now() + Number(seconds) * 1000;
let done = 0;
let bad = 0;

async function loop(): Promise<void> {
  while (performance.now() < endMs) {
    const limits = { timeoutMs: 1000, hedgeMs: 250 };
    const { observation } = await runCheck(check, { server: 'bench', address }, limits, { clock: systemClock, log });
    done++;
    if (observation.status !== 'ok') bad++;
  }
}

const startedMs = performance.now();
const before = process.cpuUsage();
await Promise.all(Array.from({ length: 32 }, loop));
const { user, system } = process.cpuUsage(before);
const checksPerSecond = (done * 1000) / (performance.now() - startedMs);
process.send?.({ cpuPerCheckUs: (user + system) / done, checksPerSecond, bad });
