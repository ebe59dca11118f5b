import type { Verdict } from '../../src/plugin/plugin.ts';
import { plain } from '../shared/quote.ts';
import {
  judgeStreams,
  mayBeElsewhere,
  type StreamFinding,
  type StreamState,
  type StreamWishes,
} from './judge-streams.ts';
import type { Memory } from './memory.ts';
import type { RtmpStat } from './stat.ts';
import { describeTotals, limitsOf, reachedLimits, type TotalLimits, totalsOf } from './totals.ts';

export interface Wishes extends StreamWishes {
  readonly limits: TotalLimits;
  /** After a restart of nginx, encoders may take this long to reconnect. */
  readonly settleS: number;
}

const failing: readonly (readonly [state: StreamState, words: string])[] = [
  ['missing', 'stream missing'],
  ['gone', 'publisher gone'],
  ['stalled', 'stream stalled'],
  ['thin', 'too little bandwidth comes in'],
  ['few', 'too few clients'],
];

const cure = 'use worker_processes 1, or a /stat for each worker: nginx shows the streams of one worker at a time';

/** The polls of one check in order, all of them remembered. */
export function judgeLooks(memory: Memory, looks: readonly RtmpStat[], wishes: Wishes): Verdict {
  const [first] = looks;
  if (first === undefined) throw new RangeError('expected at least one look');
  const findings = judgeStreams(memory, looks, wishes);
  const totals = totalsOf(first);
  const unseen = namesOf(findings.filter(mayBeElsewhere));
  const reached = reachedLimits(totals, wishes.limits);
  const detail = [
    describeTotals(totals, wishes.limits),
    ...findings.flatMap(({ figures }) => (figures === '' ? [] : [figures])),
    ...(memory.several && unseen !== '' ? [`not seen this time: ${unseen}`] : []),
    ...(memory.several ? [`several workers answer by turns: ${cure}`] : []),
  ].join('\n');
  const limits = limitsOf(wishes.limits);
  const hasLimits = Object.keys(limits).length > 0;
  const verdict = (status: Verdict['status'], summary: string): Verdict => ({
    status,
    summary,
    detail,
    // One worker's part of the total would jump between checks.
    ...(memory.several ? {} : { measures: { ...totals }, ...(hasLimits ? { limits } : {}) }),
  });

  const isYoung = first.uptimeS !== null && first.uptimeS < wishes.settleS;
  const isBlind = memory.several || isYoung;
  const certain = findings.filter((finding) => !(isBlind && mayBeElsewhere(finding)));
  const faults = failing.flatMap(([state, words]) => listed(words, certain, state));
  if (faults.length > 0) return verdict('fail', faults.join('; '));

  const full = listed('limit reached', certain, 'full');
  const over = reached.length > 0 ? [`limit reached: ${reached.join(', ')}`] : [];
  if (over.length + full.length > 0) return verdict('overloaded', [...over, ...full].join('; '));

  const isLimited = Object.values(wishes.limits).some((limit) => limit !== undefined);
  // The same wording for the same fault: which part a poll shows is random.
  if (memory.several && (unseen !== '' || isLimited))
    return verdict('unknown', 'several workers answer, each shows its own part');
  if (unseen !== '') return verdict('unknown', `nginx has just started, not there yet: ${unseen}`);
  const early = namesOf(findings.filter(({ state }) => state === 'not known'));
  if (early !== '') return verdict('unknown', `no earlier look to compare with: ${early}`);
  return verdict('ok', findings.length === 0 ? 'answers with its statistics' : 'streams are moving');
}

function listed(words: string, findings: readonly StreamFinding[], state: StreamState): readonly string[] {
  const names = namesOf(findings.filter((finding) => finding.state === state));
  return names === '' ? [] : [`${words}: ${names}`];
}

function namesOf(findings: readonly StreamFinding[]): string {
  const names = findings.map(({ wish }) => plain(wish));
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}
