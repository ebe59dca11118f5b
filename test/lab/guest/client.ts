/** A program on the client host that visits when told, from any address of the host, so that no visit pays for a start. */
import * as path from 'node:path';
import { VIP } from './network.ts';
import type { Program, ProgramOptions } from './program.ts';
import { sentTo } from './table.ts';
import type { VisitProtocol } from './visit.ts';

export interface Order {
  readonly id: number;
  readonly what: VisitProtocol | 'udp' | 'burst';
  readonly from: string;
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Of a burst: connections that are opened and reset, so many of them at once. */
  readonly count: number;
  readonly atOnce: number;
}

export interface Report {
  readonly id: number;
  readonly localPort: number;
  readonly tookMs: number;
  readonly error: string | null;
}

export interface ClientVisit {
  /** The address to which the director sent it; null if to nobody. */
  readonly server: string | null;
  /** Null if the server answered in its protocol. */
  readonly error: string | null;
  readonly tookMs: number;
}

export interface Client {
  visit(what: VisitProtocol | 'udp', from: string, port: number, address?: string): Promise<ClientVisit>;
  /** Opens and resets so many connections; gives how many a second there were. Rejects if one of them failed. */
  burst(from: string, port: number, count: number, atOnce: number): Promise<number>;
}

const timeoutMs = 2000;

type Start = (file: string, args: readonly string[], options: ProgramOptions) => Program;

export function startClient(start: Start): Client {
  const waiting = new Map<number, (report: Report) => void>();
  const program = start(process.execPath, [path.join(import.meta.dirname, 'client-program.js')], {
    onLine: (line) => {
      const report = JSON.parse(line) as Report;
      waiting.get(report.id)?.(report);
      waiting.delete(report.id);
    },
  });
  let last = 0;
  const ask = (order: Omit<Order, 'id' | 'timeoutMs'>): Promise<Report> => {
    last += 1;
    const id = last;
    const answered = new Promise<Report>((resolve) => waiting.set(id, resolve));
    program.child.stdin?.write(`${JSON.stringify({ ...order, id, timeoutMs } satisfies Order)}\n`);
    return answered;
  };

  return {
    async visit(what, from, port, address = VIP) {
      const { localPort, tookMs, error } = await ask({ what, from, address, port, count: 1, atOnce: 1 });
      return { server: sentTo(from, localPort), error, tookMs };
    },
    async burst(from, port, count, atOnce) {
      const { tookMs, error } = await ask({ what: 'burst', from, address: VIP, port, count, atOnce });
      if (error !== null) throw new Error(`burst of ${count} connections from ${from}: ${error}`);
      return (1000 * count) / tookMs;
    },
  };
}
