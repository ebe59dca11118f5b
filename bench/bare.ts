/** The floor: a bare Node program that connects and resets, 32 at a time or, with a rate, so many a second. */
import { connect } from 'node:net';

const [port = '0', seconds = '5', perSecond = '0', ...addresses] = process.argv.slice(2);
const endMs = performance.now() + Number(seconds) * 1000;
let done = 0;
let started = 0;

function once(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({
      host: addresses[started++ % addresses.length] as string,
      port: Number(port),
      autoSelectFamily: false,
    });
    socket.on('connect', () => socket.resetAndDestroy());
    socket.on('error', () => {});
    socket.on('close', () => {
      done++;
      resolve();
    });
  });
}

async function loop(): Promise<void> {
  while (performance.now() < endMs) await once();
}

/** As a scheduler does it: each when it is due, on a timer of a millisecond. */
async function beat(): Promise<void> {
  const startMs = performance.now();
  while (performance.now() < endMs) {
    const due = ((performance.now() - startMs) * Number(perSecond)) / 1000;
    while (started < due) void once();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const startedMs = performance.now();
const before = process.cpuUsage();
await (perSecond === '0' ? Promise.all(Array.from({ length: 32 }, loop)) : beat());
const { user, system } = process.cpuUsage(before);
process.send?.({
  cpuPerCheckUs: (user + system) / done,
  checksPerSecond: (done * 1000) / (performance.now() - startedMs),
});
