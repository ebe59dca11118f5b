/** A mark is set by rules that the balancer's file has no part in. */
import type { Pool } from './cluster.ts';
import type { Remarks } from './remarks.ts';

/** `vips`: virtual addresses that the file names elsewhere. */
export function withMarkHint(pool: Pool, vips: readonly string[], remarks: Remarks): Pool {
  if (pool.at?.kind !== 'fwmark') return pool;
  const { mark } = pool.at;
  const where = vips.length === 0 ? 'with the virtual addresses' : `with \`vip: [${vips.join(', ')}]\``;
  const rules = `packets get mark ${mark} from rules outside this file`;
  remarks.changed(pool.place, `${rules}; to have it set here, write \`classify\` ${where}`);
  const hint = `Rules outside this file give packets the mark ${mark}. To have it set here, write a section \`classify\``;
  return { ...pool, comments: [...pool.comments, hint, `${where}, the ports of the service and \`mark: ${mark}\`.`] };
}
