/** Runs a packet filter's programs, and reports a fault in one line. */
import type { Exec, ExecResult } from '../ports.ts';
import { errorText } from '../text.ts';
import { PacketFilterError } from './packet-filter.ts';

/** Resolves to stdout. Rejects with PacketFilterError, also for output on stderr with exit status 0. */
export type Run = (program: string, args: readonly string[], input?: string) => Promise<string>;

/** About 20 bytes per client are sent and 40 read: enough for a million clients. */
const outputLimitBytes = 64 * 1_048_576;
const timeoutMs = 20_000;
const quoteLimit = 300;

export function createRun(exec: Exec): Run {
  return async (program, args, input) => {
    const call = [program, ...args].join(' ');
    let result: ExecResult;
    try {
      result = await exec.run(program, args, {
        timeoutMs,
        outputLimitBytes,
        ...(input === undefined ? {} : { input }),
      });
    } catch (cause) {
      throw programFault(program, call, errorText(cause), cause);
    }
    if (result.exitCode !== 0) throw programFault(program, call, result.stderr || `exit ${result.exitCode}`);
    if (Buffer.byteLength(result.stdout) >= outputLimitBytes) {
      throw new PacketFilterError('unread', `${call}: expected less than ${outputLimitBytes} bytes, got more`);
    }
    return result.stdout;
  };
}

/** `said`: stderr, or why it did not start or end. */
export function programFault(program: string, call: string, said: string, cause?: unknown): PacketFilterError {
  const options = cause === undefined ? {} : { cause };
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[\^~ ]+$/.test(line) && !/^(Try `|# Warning)/.test(line));
  const quoted = [...new Set(lines)].slice(0, 3).join('; ').slice(0, quoteLimit);
  if (/\bENOENT\b/.test(said)) {
    return new PacketFilterError('missing', `no ${program}: expected \`${program}\` in PATH`, options);
  }
  if (/not permitted|permission denied|you must be root|\bEACCES\b/i.test(said)) {
    const message = `${program} is not allowed to: expected root or CAP_NET_ADMIN, got \`${quoted}\``;
    return new PacketFilterError('permission', message, options);
  }
  if (/did not end in/.test(said)) return new PacketFilterError('unread', quoted, options);
  return new PacketFilterError('refused', `${call}: ${quoted}`, options);
}
