/** A mark is set by rules that the balancer's file has no part in. */
import type { Pool } from './cluster.ts';
import type { Remarks } from './remarks.ts';

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
