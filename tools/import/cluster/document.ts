/** What the documents of all importers have in common: their first lines, their texts, and general remarks. */

import type { Pool } from './cluster.ts';
import type { PoolDraft } from './pool-sections.ts';
import type { Remarks } from './remarks.ts';

/** `from`: the file, or what it was made of. */
export function headOf(kind: string, from: string, hasMail: boolean): readonly string[] {
  const name = from.slice(from.lastIndexOf('/') + 1);
  return [
    `Made by \`understudy import ${kind}\` from ${name}. What it does not state has the defaults of understudy.`,
    ...(hasMail ? [] : ['Nobody is notified of a failure yet: add an alert of type `mail` and a section `mail`.']),
    'To tell a problem of this network from one of the servers, name a host that is always up: director: { reference: [...] }',
  ];
}

type Section = Readonly<Record<string, unknown>>;

/** A `${` is only text to us. */
export function verbatim(sections: Section): Section {
  return Object.fromEntries(Object.entries(sections).map(([key, value]) => [key, asText(value)]));
}

function asText(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(asText);
  return typeof value === 'object' && value !== null ? verbatim({ ...value }) : value;
}

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

/** `vips`: virtual addresses that the file names elsewhere. */
export function withMarkHint(pool: Pool, vips: readonly string[], remarks: Remarks): Pool {
  if (pool.at.kind !== 'fwmark') return pool;
  const { mark } = pool.at;
  remarks.changed(pool.place, markRemark([mark], vips));
  const hint = `Rules outside this file give packets the mark ${mark}. To have it set here, write a section \`classify\``;
  return {
    ...pool,
    comments: [...pool.comments, hint, `${where(vips)}, the ports of the service and \`mark: ${mark}\`.`],
  };
}

export function markRemark(marks: readonly number[], vips: readonly string[]): string {
  const rules = `packets get mark ${marks.join(', ')} from rules outside this file`;
  return `${rules}; to have ${marks.length === 1 ? 'it' : 'them'} set here, write \`classify\` ${where(vips)}`;
}

function where(vips: readonly string[]): string {
  return vips.length === 0 ? 'with the virtual addresses' : `with \`vip: [${vips.join(', ')}]\``;
}
