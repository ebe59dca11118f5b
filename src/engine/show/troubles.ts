/** What the director itself lacks now, whoever noticed it, the one that explains most first. */
import type { OwnTrouble } from '../../api/control.ts';
import type { Journal } from '../journal.ts';
import type { Keeper } from '../mark/keeper.ts';
import type { Reconciler } from '../steer/reconciler.ts';
import type { Weigher } from '../steer/weigher.ts';
import type { Blindness } from '../watch/blindness.ts';
import type { References } from '../watch/references.ts';

export interface TroubleSources {
  readonly references: Pick<References, 'troubles'>;
  readonly blindness: Pick<Blindness, 'trouble'>;
  readonly reconciler: Pick<Reconciler, 'pools'>;
  readonly marks: () => ReturnType<Keeper['trouble']>;
  readonly paths: () => ReturnType<Keeper['trouble']>;
  /** Clients whose mark leads nowhere. */
  readonly lostClients: () => ReturnType<Keeper['trouble']>;
  readonly weigher: Pick<Weigher, 'troubles'>;
  readonly journal: Pick<Journal, 'trouble'>;
}

export function ownTroubles(sources: TroubleSources): readonly OwnTrouble[] {
  const disk = sources.journal.trouble();
  const balancers = new Map<string, OwnTrouble>();
  for (const { trouble, config: service } of sources.reconciler.pools().values()) {
    if (trouble === null || balancers.has(trouble.text)) continue;
    const text = `${service.name}: ${trouble.text}`;
    balancers.set(trouble.text, { kind: 'balancer', text, sinceMs: trouble.sinceMs });
  }
  const waiting = disk === null ? [] : [{ kind: 'store' as const, text: disk.text, sinceMs: disk.sinceMs }];
  const frozen = sources.references.troubles();
  // A silent reference explains that nothing can be judged.
  const blind = frozen.length > 0 ? null : sources.blindness.trouble();
  // So does a table that cannot be changed at all.
  const paths = sources.paths();
  const marks = [
    ...markTrouble('packets are not marked as they should be', sources.marks()),
    ...markTrouble(
      'servers cannot be checked by their virtual address',
      balancers.has(paths?.text ?? '') ? null : paths,
    ),
    ...markTrouble(null, sources.lostClients()),
  ];
  return [
    ...frozen,
    ...(blind === null ? [] : [blind]),
    ...balancers.values(),
    ...marks,
    ...sources.weigher.troubles(),
    ...waiting,
  ];
}

function markTrouble(what: string | null, trouble: ReturnType<Keeper['trouble']>): readonly OwnTrouble[] {
  if (trouble === null) return [];
  return [{ kind: 'marks', text: what === null ? trouble.text : `${what}: ${trouble.text}`, sinceMs: trouble.sinceMs }];
}
