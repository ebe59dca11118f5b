import type { Target, Verdict } from '../../src/plugin/plugin.ts';
import { plain, quote } from '../shared/quote.ts';
import { silence, unknown } from '../shared/verdicts.ts';

/** For one address: the round trip in ms of each answered packet, null for an unanswered one. */
export type Echoes = readonly (number | null)[];

export interface PingLimits {
  readonly loss?: number | undefined;
  readonly rtt?: number | undefined;
}

export interface PingPace {
  readonly count: number;
  readonly everyMs: number;
  readonly waitMs: number;
}

/** fping(8). `-i 1`: one packet per ms to different hosts; the default of 10 ms would take 3 s for 100 hosts. */
export function fpingWords(program: string, { count, everyMs, waitMs }: PingPace, addresses: readonly string[]) {
  return [program, '-q', '-C', `${count}`, '-p', `${everyMs}`, '-t', `${waitMs}`, '-i', '1', ...addresses];
}

/** The lines of `-C`: `10.0.0.1  : 0.13 - 0.08`. */
export function parseFping(text: string): ReadonlyMap<string, Echoes> {
  const all = new Map<string, Echoes>();
  for (const line of text.split('\n')) {
    const match = /^(\S+)\s+:((?: (?:-|\d+(?:\.\d+)?))+)\s*$/.exec(line);
    if (match === null) continue;
    const echoes = (match[2] ?? '').trim().split(' ');
    all.set(
      match[1] ?? '',
      echoes.map((echo) => (echo === '-' ? null : Number(echo))),
    );
  }
  return all;
}

/** Its whole output, and its exit status. */
export interface FpingRun {
  readonly text: string;
  readonly code: number;
}

export function judgeFping(
  file: string,
  run: FpingRun,
  targets: readonly Target[],
  limits: PingLimits,
): ReadonlyMap<string, Verdict> {
  const { text } = run;
  const all = parseFping(text);
  return new Map(
    targets.map(({ address }) => {
      const echoes = all.get(address);
      const ours = cannotSend(text, address);
      if (echoes === undefined) return [address, noLine(file, run)];
      return [address, ours !== null && echoes.every((echo) => echo === null) ? ours : judgeEchoes(echoes, limits)];
    }),
  );
}

export function judgeEchoes(echoes: Echoes, { loss, rtt }: PingLimits): Verdict {
  const heard = echoes.filter((echo) => echo !== null);
  const lost = Math.round((100 * (echoes.length - heard.length)) / echoes.length);
  if (heard.length === 0) return silence('no answer to ping', `0 of ${echoes.length} packets answered`);
  const mean = Math.round((1000 * heard.reduce((sum, echo) => sum + echo, 0)) / heard.length) / 1000;
  const reached = [
    ...(loss !== undefined && lost >= loss ? ['loss'] : []),
    ...(rtt !== undefined && mean >= rtt ? ['rtt'] : []),
  ];
  return {
    status: reached.length === 0 ? 'ok' : 'overloaded',
    summary: reached.length === 0 ? 'answers ping' : `limit reached: ${reached.join(', ')}`,
    detail: `${heard.length} of ${echoes.length} packets answered, mean round trip ${mean} ms`,
    measures: { rtt_ms: mean, loss_percent: lost },
  };
}

/** Blocked by our own firewall, or no route: fping could not send. */
function cannotSend(text: string, address: string): Verdict | null {
  const line = text.split('\n').find((one) => one.startsWith(`${address}: error while sending ping: `));
  if (line === undefined) return null;
  const why = plain(line.slice(line.indexOf('ping: ') + 'ping: '.length));
  if (/unreachable/i.test(why)) return silence(why.toLowerCase(), line);
  return unknown(`cannot send: ${why}`);
}

/** fping(8): a system call failed; -q suppresses the message. */
const systemCallFailed = 4;

function noLine(file: string, { text, code }: FpingRun): Verdict {
  if (/can't create .*socket/.test(text) || (code === systemCallFailed && text.trim() === '')) {
    return unknown(
      `${file}: cannot open a raw socket`,
      'it needs CAP_NET_RAW: of its file, or of a unit with NoNewPrivileges',
    );
  }
  return unknown(`${file}: expected a line for the address, got ${quote(text)}`);
}
