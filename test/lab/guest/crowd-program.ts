// Runs in the client's namespace: keeps as many RTMP sessions on the virtual address as each line of stdin says.
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { exponential, seeded } from '../../../bench/weights/random.ts';
import type { CrowdOptions } from './crowd.ts';
import { visit } from './visit.ts';

const { from: localAddress, address, port, sessionMs, seed } = JSON.parse(process.argv[2] ?? '{}') as CrowdOptions;
/** Those who are missing do not come all in one moment. */
const everyMs = 20;
const atOnce = 4;
const ports = { first: 20_000, last: 59_999 };

const chance = seeded(seed);
const sessions = new Set<Socket>();
let wanted = 0;
let coming = 0;
let failed = 0;
let nextPort = ports.first;

async function join(): Promise<void> {
  nextPort = nextPort >= ports.last ? ports.first : nextPort + 1;
  coming += 1;
  try {
    const socket = await visit({ localAddress, localPort: nextPort, address, port, protocol: 'rtmp', timeoutMs: 5000 });
    sessions.add(socket);
    const leaving = setTimeout(() => socket.resetAndDestroy(), exponential(chance, sessionMs));
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('close', () => {
      clearTimeout(leaving);
      sessions.delete(socket);
    });
  } catch {
    failed += 1;
  }
  coming -= 1;
}

setInterval(() => {
  const missing = wanted - sessions.size - coming;
  for (let at = 0; at < Math.min(atOnce, missing); at += 1) void join();
}, everyMs);

setInterval(() => process.stdout.write(`${JSON.stringify({ present: sessions.size, failed })}\n`), 500);

createInterface({ input: process.stdin }).on('line', (line) => {
  wanted = Number(line);
});
