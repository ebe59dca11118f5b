// Runs in the client's namespace: takes one JSON order on each line of stdin, prints one JSON report for each.
import { createInterface } from 'node:readline';
import type { Order, Report } from './client.ts';
import { nowMs } from './program.ts';
import { type VisitOptions, visit, visitByDatagram } from './visit.ts';

/** Below the ports that the kernel itself gives out. */
const ports = { first: 10_000, last: 19_999 };
let nextPort = ports.first;

function localPort(): number {
  nextPort = nextPort >= ports.last ? ports.first : nextPort + 1;
  return nextPort;
}

async function connectAndReset(options: VisitOptions): Promise<void> {
  const socket = await visit(options);
  socket.on('error', () => {});
  socket.resetAndDestroy();
}

async function obey({ id, what, from, address, port, timeoutMs, count, atOnce }: Order): Promise<void> {
  const visitFrom = (protocol: VisitOptions['protocol']): VisitOptions => ({
    localAddress: from,
    localPort: localPort(),
    address,
    port,
    protocol,
    timeoutMs,
  });
  const atMs = nowMs();
  const first = visitFrom(what === 'udp' || what === 'burst' ? 'tcp' : what);
  let error: string | null = null;
  try {
    if (what === 'udp') await visitByDatagram(first);
    else if (what !== 'burst') await connectAndReset(first);
    else {
      let left = count;
      const lane = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          await connectAndReset(visitFrom('tcp'));
        }
      };
      await Promise.all(Array.from({ length: atOnce }, lane));
    }
  } catch (cause) {
    error = (cause as Error).message;
  }
  const report: Report = { id, localPort: first.localPort, tookMs: nowMs() - atMs, error };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

createInterface({ input: process.stdin }).on('line', (line) => void obey(JSON.parse(line) as Order));
