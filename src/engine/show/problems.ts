/** What the director itself lacks now, whoever noticed it, the one that explains most first. */
import type { OwnProblem } from '../../api/control.ts';
import type { Journal } from '../journal.ts';
import type { Keeper } from '../mark/keeper.ts';
import type { Reconciler } from '../steer/reconciler.ts';
import type { Weigher } from '../steer/weigher.ts';
import type { Blindness } from '../watch/blindness.ts';
import type { References } from '../watch/references.ts';

export interface ProblemSources {
  readonly references: Pick<References, 'problems'>;
  readonly blindness: Pick<Blindness, 'problem'>;
  readonly reconciler: Pick<Reconciler, 'pools'>;
  readonly marks: () => ReturnType<Keeper['problem']>;
  readonly paths: () => ReturnType<Keeper['problem']>;
  /** Clients whose mark leads nowhere. */
  readonly lostClients: () => ReturnType<Keeper['problem']>;
  readonly weigher: Pick<Weigher, 'problems'>;
  readonly journal: Pick<Journal, 'problem'>;
}

export function ownProblems(sources: ProblemSources): readonly OwnProblem[] {
  const disk = sources.journal.problem();
  const balancers = new Map<string, OwnProblem>();
  for (const { problem, config: service } of sources.reconciler.pools().values()) {
    if (problem === null || balancers.has(problem.text)) continue;
    const text = `${service.name}: ${problem.text}`;
    balancers.set(problem.text, { kind: 'balancer', text, sinceMs: problem.sinceMs });
  }
  const waiting = disk === null ? [] : [{ kind: 'store' as const, text: disk.text, sinceMs: disk.sinceMs }];
  const frozen = sources.references.problems();
  // A silent reference explains that nothing can be judged.
  const blind = frozen.length > 0 ? null : sources.blindness.problem();
  // So does a table that cannot be changed at all.
  const paths = sources.paths();
  const marks = [
    ...markProblem('packets are not marked as they should be', sources.marks()),
    ...markProblem(
      'servers cannot be checked by their virtual address',
      balancers.has(paths?.text ?? '') ? null : paths,
    ),
    ...markProblem(null, sources.lostClients()),
  ];
  return [
    ...frozen,
    ...(blind === null ? [] : [blind]),
    ...balancers.values(),
    ...marks,
    ...sources.weigher.problems(),
    ...waiting,
  ];
}

function markProblem(what: string | null, problem: ReturnType<Keeper['problem']>): readonly OwnProblem[] {
  if (problem === null) return [];
  return [{ kind: 'marks', text: what === null ? problem.text : `${what}: ${problem.text}`, sinceMs: problem.sinceMs }];
}
