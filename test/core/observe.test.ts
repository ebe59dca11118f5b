import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CheckState, isFalling, observe, untested } from '../../src/core/observe.ts';

const verdicts = { '.': 'ok', o: 'overloaded', x: 'fail', '?': 'unknown' } as const;
type Mark = keyof typeof verdicts;
const statusMarks = { untested: '-', ok: 'U', overloaded: 'O', fail: 'D' } as const;

/** Marks in, the statuses after each out; `-` where nothing changed. */
function timeline(marks: string, rule = { fall: 3, rise: 2 }): string {
  let state: CheckState = untested;
  return [...marks]
    .map((mark, i) => {
      const seen = observe(state, { status: verdicts[mark as Mark], atMs: i }, rule);
      state = seen.state;
      return seen.step === null ? '-' : statusMarks[seen.step.to];
    })
    .join('');
}

describe('observe', () => {
  it.each([
    ['takes one ok to leave untested', '.', 'U'],
    ['takes the full run to fail, also from untested', 'xxx', '--D'],
    ['forgets a run that was broken', '.x.x.xxx.x..', 'U------D---U'],
    ['lets unknown change nothing, neither count nor status', '.x?xx', 'U---D'],
    ['takes a run of ok to recover', 'xxx..', '--D-U'],
    ['is overloaded after a run of overloaded', '.ooo', 'U--O'],
    ['counts failures and overload together as overload', '.oxo', 'U--O'],
    ['goes from overloaded to fail after a run of failures', '.oooxxx', 'U--O--D'],
    ['leaves overload by a run of ok only', '.ooo.o..', 'U--O---U'],
    ['steps from fail to overloaded when it answers again but is full', 'xxxoo', '--D-O'],
    ['steps from fail to overloaded on a mixed run of answers', 'xxx.o', '--D-O'],
    ['stays untested on unknown alone', '????', '----'],
    ['stays failing while every second verdict is bad', 'xxx.x.x.', '--D-----'],
  ])('%s: %s', (_, marks, expected) => {
    expect(timeline(marks)).toBe(expected);
  });

  it('knows when the bad run began', () => {
    let state = observe(untested, { status: 'ok', atMs: 1 }, { fall: 2, rise: 1 }).state;
    state = observe(state, { status: 'fail', atMs: 5 }, { fall: 2, rise: 1 }).state;
    expect(isFalling(state)).toBe(true);
    const { step } = observe(state, { status: 'fail', atMs: 7 }, { fall: 2, rise: 1 });
    expect(step).toEqual({ from: 'ok', to: 'fail', firstSeenMs: 5 });
  });

  it('law 1 and 2: unknown never moves a status, and fewer than `fall` bad verdicts in a row depool nobody', () => {
    const status = fc.constantFrom('ok', 'overloaded', 'fail', 'unknown' as const);
    const rule = fc.record({ fall: fc.integer({ min: 1, max: 5 }), rise: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(fc.array(status, { maxLength: 60 }), rule, (seen, thresholds) => {
        let state = untested;
        let bad = 0;
        let good = 0;
        for (const [atMs, verdict] of seen.entries()) {
          const before = state;
          const result = observe(state, { status: verdict, atMs }, thresholds);
          state = result.state;
          if (verdict === 'unknown') {
            expect(state).toBe(before);
            continue;
          }
          bad = verdict === 'ok' ? 0 : bad + 1;
          good = verdict === 'ok' ? good + 1 : 0;
          if (state.status === 'fail' && before.status !== 'fail') expect(bad).toBeGreaterThanOrEqual(thresholds.fall);
          if (result.step?.to === 'ok')
            expect(good).toBeGreaterThanOrEqual(before.status === 'untested' ? 1 : thresholds.rise);
          if (before.status !== 'untested') expect(state.status).not.toBe('untested');
        }
      }),
    );
  });
});
