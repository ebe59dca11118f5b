import type { Verdict } from '../../src/plugin/plugin.ts';
import { hostPort } from '../shared/peer.ts';
import { fail, ok, silence, unknown } from '../shared/verdicts.ts';
import type { Answer } from './way.ts';

export interface Answers {
  readonly own: Answer;
  /** From the same address of ours. */
  readonly others: readonly Answer[];
  readonly vip: string;
  readonly port: number;
}

/** Neither a refusal nor silence counts unless a path through another server works: our own marks may be missing. */
export function judgeWay({ own, others, vip, port }: Answers): Verdict {
  if (own === 'connected') return ok('answers on the VIP');
  const at = hostPort(vip, port);
  if (own !== 'refused' && own !== 'silent') return cannotConnect({ vip, port }, own);
  if (!others.includes('connected')) {
    const why = others.length === 0 ? 'there is no other server to compare with' : 'through no other server either';
    return unknown(
      `no way to ${at}: ${why}`,
      `${own} through this server; does the director let it through? understudy doctor`,
    );
  }
  const hint = `is ${vip} on its lo? On the server: understudy realserver check --vip ${vip}`;
  return own === 'refused'
    ? fail('refused on the VIP', `${at} refuses through this server; ${hint}`)
    : silence('no answer on the VIP', `${at} does not answer through this server; ${hint}`);
}

/** Our own problem. */
export function cannotConnect({ vip, port }: Pick<Answers, 'vip' | 'port'>, why: string): Verdict {
  return unknown(`cannot connect to ${hostPort(vip, port)}: ${why}`);
}
