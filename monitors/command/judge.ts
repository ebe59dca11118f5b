import type { Verdict } from '../../src/plugin/plugin.ts';
import { ownProblem, said } from '../shared/own-problem.ts';
import { plain } from '../shared/quote.ts';
import type { Ending } from '../shared/run.ts';
import { fail, ok, silence, unknown } from '../shared/verdicts.ts';
import { nagiosVerdict } from './nagios.ts';

export type Exit = Extract<Ending, { readonly how: 'exit' }>;

/** The program's own alarm(2) ended it while it waited: the same as our deadline. */
export function endedByItsAlarm(ending: Ending): boolean {
  return ending.how === 'signal' && ending.signal === 'SIGALRM';
}

export function judgeOne(file: string, convention: 'exit' | 'nagios', ending: Ending): Verdict {
  if (endedByItsAlarm(ending)) return lateAlone(convention, `${file}: ended by its own alarm`);
  const problem = ownProblem(file, ending);
  if (problem !== null || ending.how !== 'exit') return problem ?? unknown(`${file}: no exit status`);
  if (convention === 'nagios') return nagiosVerdict(ending);
  return ending.code === 0 ? ok(exitSummary(ending), said(ending)) : fail(exitSummary(ending), said(ending));
}

/** For Nagios plugins silence means UNKNOWN by convention; for a plain program it is the only sign that it hangs. */
export function lateAlone(convention: 'exit' | 'nagios' | 'mon', detail: string): Verdict {
  return convention === 'nagios' ? unknown('no verdict', detail) : silence('no verdict', detail);
}

export function exitSummary({ output, errors, code }: Exit): string {
  return firstLine(output) || firstLine(errors) || `exit status ${code}`;
}

/** The first line with text, without characters that do not belong in a subject line. */
export function firstLine(text: string): string {
  const line = text.split('\n').find((candidate) => plain(candidate) !== '') ?? '';
  return plain(line, 200);
}
