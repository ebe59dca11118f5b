import { Deadline, defineMonitor, field, type Verdict } from '../src/plugin/plugin.ts';
import { fpingWords, judgeFping, type PingLimits, type PingPace } from './ping/fping.ts';
import { gather, type Join } from './shared/gathering.ts';
import { ownProblem } from './shared/own-problem.ts';
import { quote } from './shared/quote.ts';
import { maxOutputBytes, runToEnd } from './shared/run.ts';
import { sharedBy } from './shared/shared-by.ts';
import { timer } from './shared/timer.ts';
import { unknown } from './shared/verdicts.ts';

interface Ping extends PingPace {
  readonly program: string;
  readonly limits: PingLimits;
}

/** Checks of one monitor start together, within this time even on a busy machine. */
const windowMs = 20;
/** At one packet per ms, this many hosts take 250 ms longer than one. */
const maxHosts = 250;

/** Time for the process to start and end on a busy machine. */
const startMs = 250;

const groups = sharedBy<Join<Verdict>>();

/** The number of hosts whose lines fit the output limit: the address, and up to ` 60000` per packet. */
function roomFor(count: number): number {
  return Math.floor(maxOutputBytes / (64 + 7 * count));
}

function together(ping: Ping): Join<Verdict> {
  const file = quote(ping.program);
  return gather({
    windowMs,
    maxTargets: Math.min(maxHosts, roomFor(ping.count)),
    after: timer,
    // fping always reports per host.
    isUnclear: () => false,
    async run(targets, { signal, trace }) {
      const words = fpingWords(
        ping.program,
        ping,
        targets.map(({ address }) => address),
      );
      trace.sent(`${words.join(' ')}\n`);
      const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };
      const ending = await runToEnd(words, environment, signal);
      const problem = ownProblem(file, ending);
      if (problem !== null || ending.how !== 'exit') {
        const verdict = problem ?? unknown(`${file}: no exit status`);
        return new Map(targets.map(({ address }) => [address, verdict]));
      }
      const text = `${ending.output}${ending.errors}`;
      trace.received(text);
      return judgeFping(file, { text, code: ending.code }, targets, ping.limits);
    },
  });
}

export const ping = defineMonitor({
  type: 'ping',
  interval: '5s',
  timing({ count, every, wait }) {
    const timeoutMs = (count - 1) * every + wait + count * maxHosts + startMs;
    return { interval: `${Math.max(5000, timeoutMs)}ms`, timeout: `${timeoutMs}ms` };
  },
  timingNote: 'every 5s, and as long as its packets take',
  about: 'Pings the server with fping; one process for all servers',
  options: field.object({
    program: field.text().default('fping').describe('fping, or its path; it needs permission to open a raw socket'),
    count: field.count(1, 100).default(3).describe('Packets per check; one answer is enough'),
    every: field.duration(10, 60_000).prefault('100ms').describe('Time between packets'),
    wait: field.duration(10, 60_000).prefault('500ms').describe('How long to wait for the answer to a packet'),
    limits: field
      .object({
        loss: field.number(1, 100).optional().describe('Percent of the packets; reached means overloaded'),
        rtt: field.number(0, 60_000).optional().describe('Mean round trip in ms; reached means overloaded'),
      })
      .default({}),
  }),
  // The packets themselves are the further attempts.
  network: false,
  together: () => true,
  prepare({ program, count, every, wait, limits }) {
    const ping = { program, count, everyMs: every, waitMs: wait, limits };
    const join = groups(JSON.stringify(ping), () => together(ping));
    return async (target, context) => {
      if (context.signal.reason instanceof Deadline) return unknown('deadline passed before the check began');
      const share = await join(target, context);
      if (share.how === 'judged') return share.result;
      // fping ends by itself within a time given by the options; if it does not, that is no missing answer.
      const wanted = `count x every + wait must fit into the monitor's timeout`;
      return unknown('no verdict', `${quote(program)}: killed after ${share.afterMs} ms; ${wanted}`);
    };
  },
});
