/** The floor: a bare Node loop that connects and resets, 32 at a time. Prints µs of CPU per connect and connects per second. */
import { connect } from 'node:net';

const [address = '127.0.0.1', port = '0', seconds = '5'] = process.argv.slice(2);
const endMs = performance.now() + Number(seconds) * 1000;
let done = 0;

function once(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: Number(port), autoSelectFamily: false });
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

const startedMs = performance.now();
const before = process.cpuUsage();
await Promise.all(Array.from({ length: 32 }, loop));
const { user, system } = process.cpuUsage(before);
process.send?.({
  cpuPerCheckUs: (user + system) / done,
  checksPerSecond: (done * 1000) / (performance.now() - startedMs),
});
