import { describe, expect, it } from 'vitest';
import { judgeWay } from '../../../monitors/vip/judge.ts';
import type { Answer } from '../../../monitors/vip/way.ts';

const at = { vip: '10.10.3.30', port: 1935 };

describe('the verdict on the way by a virtual address', () => {
  it.each<[why: string, own: Answer, others: readonly Answer[], status: string, summary: string]>([
    ['an answer needs no witness', 'connected', [], 'ok', 'answers on the VIP'],
    ['silence counts when another way works', 'silent', ['connected'], 'fail', 'no answer on the VIP'],
    ['a refusal counts when another way works', 'refused', ['silent', 'connected'], 'fail', 'refused on the VIP'],
    ['one that works is enough', 'silent', ['connected', 'not needed'], 'fail', 'no answer on the VIP'],
    ['a refusal everywhere may be ourselves', 'refused', ['refused', 'refused'], 'unknown', 'through no other server'],
    ['silence everywhere may be our own path', 'silent', ['silent'], 'unknown', 'through no other server either'],
    ['a server alone cannot be judged', 'silent', [], 'unknown', 'there is no other server to compare with'],
    ['what our own kernel forbids is no fault', 'EPERM', ['connected'], 'unknown', '10.10.3.30:1935: EPERM'],
    ['no free port is no fault', 'no free source port', ['connected'], 'unknown', 'no free source port'],
  ])('%s', (_why, own, others, status, summary) => {
    const verdict = judgeWay({ own, others, ...at });
    expect(verdict.status).toBe(status);
    expect(verdict.summary).toContain(summary);
  });

  it('calls only silence silent, so that a dark host needs a second witness as everywhere', () => {
    expect(judgeWay({ own: 'silent', others: ['connected'], ...at }).silent).toBe(true);
    expect(judgeWay({ own: 'refused', others: ['connected'], ...at }).silent).toBeUndefined();
  });

  it('says what to run on the server', () => {
    const { detail } = judgeWay({ own: 'silent', others: ['connected'], ...at });
    expect(detail).toContain('understudy realserver check --vip 10.10.3.30');
  });
});
