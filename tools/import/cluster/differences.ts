/** What is different here for every pool of IPVS, whoever kept it before. */
import type { PoolDraft } from './pool-sections.ts';

export function differencesOf(pools: readonly Pick<PoolDraft, 'members' | 'failsBack'>[]): readonly string[] {
  const members = pools.flatMap((pool) => pool.members);
  if (members.length === 0) return [];
  return [
    'the last server of a pool stays in the table although it fails; `min_pooled: 0` takes it out as well',
    ...(members.some(({ backups }) => backups.length > 0)
      ? ['backups are watched as well, and one that fails never steps in']
      : []),
    ...(pools.some(({ failsBack }) => failsBack)
      ? ['a server comes back once it was ok for 30s (`fail_back`), not at its first good check']
      : []),
  ];
}
