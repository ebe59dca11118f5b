import type { Target, Verdict } from '../../src/plugin/plugin.ts';
import { ownProblem, said } from '../shared/own-problem.ts';
import { plain, quote } from '../shared/quote.ts';
import type { Ending } from '../shared/run.ts';
import { fail, ok, unknown } from '../shared/verdicts.ts';
import { endedByItsAlarm, exitSummary, lateAlone } from './judge.ts';

export interface MonResult {
  readonly verdict: Verdict;
  /** It did not name the failed hosts: run it again for each host alone. */
  readonly unclear: boolean;
}

/** For mon monitors: hosts as arguments, exit status 0 for ok, the failed hosts on the first line, then detail. */
export function judgeMon(file: string, ending: Ending, targets: readonly Target[]): ReadonlyMap<string, MonResult> {
  const forAll = (verdict: Verdict, unclear = false): ReadonlyMap<string, MonResult> =>
    new Map(targets.map(({ address }) => [address, { verdict, unclear }]));
  const alone = targets.length === 1;

  if (endedByItsAlarm(ending)) {
    const detail = `${file}: ended by its own alarm`;
    return alone ? forAll(lateAlone('mon', detail)) : forAll(unknown('no verdict', detail), true);
  }
  const problem = ownProblem(file, ending);
  if (problem !== null || ending.how !== 'exit') return forAll(problem ?? unknown(`${file}: no exit status`));
  const { output, errors, code } = ending;
  if (code === 0) return forAll(ok('not reported as failed', said(ending)));

  const lines = (output.trim() === '' ? errors : output).trimStart().split('\n');
  const [first = '', ...rest] = lines;
  const failed = new Set(first.split(/[\s,]+/).flatMap(namesIn));
  const isNamed = (target: Target): boolean => failed.has(target.address.toLowerCase()) || failed.has(target.server);
  if (targets.some(isNamed)) {
    return new Map(
      targets.map((target) => {
        const verdict = isNamed(target) ? reported(target, rest, said(ending)) : ok('not reported as failed');
        return [target.address, { verdict, unclear: false }];
      }),
    );
  }
  // A plain script has only its exit status. Output that names no host is mostly about the monitor itself: a missing
  // module or program, or a wrong argument.
  if (alone && first === '') return forAll(fail(exitSummary(ending)));
  const got = `expected the failed hosts on the first line, got ${quote(first)}`;
  return forAll(unknown(`${file}: ${got}`, said(ending)), !alone);
}

/** A host name has at most 253 characters (RFC 1035, section 2.3.4); longer words are not names. */
const maxWordChars = 300;

/** `host`, `host:`, `host:port`, `[v6]:port`, and `host(status)` as phttp.monitor writes it. */
function namesIn(word: string): readonly string[] {
  if (word.length > maxWordChars) return [];
  const bare = word.replace(/[:;]+$/, '').replace(/\(\d*\)$/, '');
  const withoutPort = bare.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([^:]+):\d+$/, '$1');
  return bare === '' ? [] : [bare, bare.toLowerCase(), withoutPort, withoutPort.toLowerCase()];
}

/** The text about this host in the lines after the first, without its name: the verdict already belongs to the host. */
function reported(target: Target, lines: readonly string[], all: string): Verdict {
  const about = lines.filter((line) => {
    const [word = ''] = line.trim().split(/\s+/);
    const names = namesIn(word);
    return names.includes(target.address.toLowerCase()) || names.includes(target.server);
  });
  const words = plain((about[0] ?? '').trim().replace(/^\S+[\s:;,-]*/, ''), 200);
  return fail(words === '' ? 'reported as failed' : words, plain(about.join(' '), 2000) || all);
}
