/** A real fping, over loopback. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ping } from '../../../monitors/ping.ts';
import { runCheck } from '../context.ts';
import { findProgram, type Program, whyNot } from '../real-programs.ts';
import { prepare } from '../sample.ts';

const program = findProgram('usr/bin/fping');
const { file = '' } = program ?? {};

/** It opens a raw socket, for which root is enough, or a capability, or a `ping_group_range` with our group in it. */
function mayPing({ file, env }: Program): boolean {
  return spawnSync(file, ['-q', '-C', '1', '127.0.0.1'], { env, timeout: 10_000 }).status === 0;
}

const isAllowed = program !== null && mayPing(program);

describe.skipIf(program === null)(`a real fping${whyNot(program)}`, () => {
  const options = { program: file, count: 3, every: '20ms', wait: '500ms' };
  const edges = [1, 2, 3].map((at) => ({ server: `edge${at}`, address: `127.0.0.${at}` }));

  if (!isAllowed) {
    it('says that it may not open a raw socket, where it may not', async () => {
      expect(await runCheck(prepare(ping, options), 10_000)).toMatchObject({
        status: 'unknown',
        summary: expect.stringContaining('cannot open a raw socket'),
      });
    });
    return;
  }

  it('measures the round trip to each of several hosts', async () => {
    const verdicts = await Promise.all(edges.map((edge) => runCheck(prepare(ping, options), 10_000, edge)));
    for (const { status, summary, measures } of verdicts) {
      expect({ status, summary }).toEqual({ status: 'ok', summary: 'answers ping' });
      expect(measures?.['rtt_ms']).toBeGreaterThan(0);
      expect(measures?.['loss_percent']).toBe(0);
    }
  });

  it('holds the round trip against its limit', async () => {
    const verdict = await runCheck(prepare(ping, { ...options, limits: { rtt: 0 } }), 10_000);
    expect(verdict).toMatchObject({ status: 'overloaded', summary: 'limit reached: rtt' });
  });
});
