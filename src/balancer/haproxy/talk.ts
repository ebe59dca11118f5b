/** One exchange with HAProxy's runtime API: a connection, a line of commands, the answer until it closes. */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../ports.ts';
import { BalancerError } from '../balancer.ts';
import { socketFault } from './faults.ts';

export interface Talk {
  /** The answers to all commands, in order. Rejects with BalancerError. */
  ask(commands: readonly string[]): Promise<string>;
  /** Aborts exchanges that are under way. */
  close(): void;
}

/** HAProxy accepts a line that fits its buffer, 16 kB by default. */
const lineLimit = 8000;
const answerLimitBytes = 8 * 1024 * 1024;

export function createTalk(clock: Clock, socket: string, withinMs: number): Talk {
  const open = new Set<(error: BalancerError) => void>();
  const askLine = (line: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const connection = dial(socket);
      const chunks: Buffer[] = [];
      let bytes = 0;
      const end = (settle: () => void): void => {
        if (!open.delete(fail)) return;
        cancel();
        // Errors after this are ignored.
        connection.on('error', () => {});
        connection.destroy();
        settle();
      };
      const fail = (error: BalancerError): void => end(() => reject(error));
      open.add(fail);
      const cancel = clock.after(withinMs, () => {
        const heard = bytes === 0 ? 'no answer' : 'no end of the answer';
        fail(new BalancerError('unread', `HAProxy's socket \`${socket}\`: ${heard} in ${withinMs / 1000} s`));
      });
      connection.on('connect', () => connection.write(`${line}\n`));
      connection.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes <= answerLimitBytes) return;
        const most = `expected at most ${answerLimitBytes} bytes`;
        fail(new BalancerError('unread', `HAProxy's socket \`${socket}\`: ${most}, got more`));
      });
      connection.on('error', (error) => fail(socketFault(socket, error)));
      const closed = () => end(() => resolve(Buffer.concat(chunks).toString('utf8')));
      connection.on('end', closed);
      connection.on('close', closed);
    });
  return {
    async ask(commands) {
      let answer = '';
      for (const line of linesOf(commands)) {
        const said = await askLine(line.join(';'));
        // An empty line ends each answer. With fewer, HAProxy stopped midway and some commands may not have run.
        if (emptyLinesIn(said) < line.length) throw endedEarly(socket);
        answer += `${said}\n`;
      }
      return answer;
    },
    close() {
      for (const fail of [...open]) fail(new BalancerError('unread', 'the HAProxy balancer was closed'));
    },
  };
}

function linesOf(commands: readonly string[]): readonly (readonly string[])[] {
  const lines: string[][] = [];
  let bytes = 0;
  for (const command of commands) {
    const last = lines.at(-1);
    bytes += command.length + 1;
    if (last !== undefined && bytes <= lineLimit) {
      last.push(command);
      continue;
    }
    lines.push([command]);
    bytes = command.length + 1;
  }
  return lines;
}

function emptyLinesIn(text: string): number {
  return text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line === '').length;
}

function endedEarly(socket: string): BalancerError {
  return new BalancerError('unread', `HAProxy's socket \`${socket}\`: closed before the end of the answer`);
}

/** `/run/haproxy/admin.sock`, `127.0.0.1:9999`, `[::1]:9999`. */
function dial(socket: string): Socket {
  if (socket.startsWith('/')) return connect({ path: socket });
  const at = socket.lastIndexOf(':');
  const host = socket.slice(0, at).replace(/^\[|\]$/g, '');
  return connect({ host, port: Number(socket.slice(at + 1)), autoSelectFamily: false });
}
