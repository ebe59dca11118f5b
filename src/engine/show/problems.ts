/** The director's own problems, the one that explains most first. */
import type { OwnProblem } from '../../api/status.ts';
import type { Journal } from '../journal.ts';
import type { Mark } from '../mark/marks.ts';
import type { Steer } from '../steer/steer.ts';
import type { Watch } from '../watch/watch.ts';

export interface ProblemSources {
  readonly watch: Pick<Watch, 'problems'>;
  readonly steer: Pick<Steer, 'problems'>;
  readonly mark: Pick<Mark, 'problems'>;
  readonly journal: Pick<Journal, 'problem'>;
}

export function ownProblems({ watch, steer, mark, journal }: ProblemSources): readonly OwnProblem[] {
  const { references, blindness } = watch.problems();
  const { tables, weights } = steer.problems();
  const paths = mark.problems.paths();
  const disk = journal.problem();
  // A table that cannot be changed at all explains a problem with the paths.
  const isExplained = tables.some(({ text }) => paths !== null && text.endsWith(`: ${paths.text}`));
  return [
    ...references,
    // A silent reference explains that nothing can be checked.
    ...(references.length > 0 || blindness === null ? [] : [blindness]),
    ...tables,
    ...marksProblem('packets are not marked as desired: ', mark.problems.marks()),
    ...marksProblem('servers cannot be checked by their virtual address: ', isExplained ? null : paths),
    ...marksProblem('', mark.problems.lostClients()),
    ...weights,
    ...(disk === null ? [] : [{ kind: 'store' as const, text: disk.text, sinceMs: disk.sinceMs }]),
  ];
}

function marksProblem(what: string, problem: ReturnType<Mark['problems']['marks']>): readonly OwnProblem[] {
  return problem === null ? [] : [{ kind: 'marks', text: `${what}${problem.text}`, sinceMs: problem.sinceMs }];
}
