import { describe, expect, it } from 'vitest';
import { runCheck } from '../../../src/engine/watch/runner.ts';
import { type Check, Deadline, type Verdict } from '../../../src/plugin/plugin.ts';
import type { Log } from '../../../src/ports.ts';
import { manualClock } from '../../fake/clock.ts';

const target = { server: 'edge1', address: '10.0.0.1' };
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const ok: Verdict = { status: 'ok', summary: 'ok' };
const silent: Verdict = { status: 'fail', summary: 'no answer', silent: true };

/** A check that says each verdict after its time, attempt by attempt; null: it is silent until its deadline. */
function scripted(clock: ReturnType<typeof manualClock>, ...script: ([number, Verdict] | null)[]) {
  const attempts: { aborted: unknown }[] = [];
  const check: Check = (_, { signal }) =>
    new Promise((resolve, reject) => {
      const line = script[attempts.length] ?? null;
      const attempt = { aborted: null as unknown };
      attempts.push(attempt);
      if (line !== null) clock.after(line[0], () => resolve(line[1]));
      signal.addEventListener('abort', () => {
        attempt.aborted = signal.reason;
        if (signal.reason instanceof Deadline) resolve(silent);
        else reject(signal.reason as Error);
      });
    });
  return { check, attempts };
}

async function run(script: ([number, Verdict] | null)[], limits = { timeoutMs: 1000, hedgeMs: 250 }) {
  const clock = manualClock();
  const { check, attempts } = scripted(clock, ...script);
  const running = runCheck(check, target, limits, { clock, log });
  await clock.advance(3000);
  return { ...(await running), attempts, timers: clock.timers() };
}

describe('runCheck', () => {
  it('says what the check says, and how long it took', async () => {
    const { observation, attempts } = await run([[3, ok]]);
    expect(observation).toEqual({ ...ok, atMs: 0, tookMs: 3 });
    expect(attempts).toHaveLength(1);
  });

  it('starts a second attempt beside a silent first one, and takes the first that hears something', async () => {
    const { observation, attempts } = await run([null, [3, ok]]);
    expect(observation).toMatchObject({ status: 'ok', tookMs: 253 });
    expect(attempts).toHaveLength(2);
    expect(attempts[0]?.aborted).toBeInstanceOf(Error);
    expect(attempts[0]?.aborted).not.toBeInstanceOf(Deadline);
  });

  it('lets the first attempt win when it answers late', async () => {
    expect((await run([[900, ok], null, null])).observation).toMatchObject({ status: 'ok', tookMs: 900 });
  });

  it('fails at the deadline when all attempts were silent', async () => {
    const { observation, lateByMs } = await run([]);
    expect(observation).toMatchObject({ ...silent, tookMs: 1000 });
    expect(lateByMs).toBe(0);
  });

  it('does not start a second attempt when that comes after the deadline', async () => {
    expect((await run([], { timeoutMs: 1000, hedgeMs: Number.POSITIVE_INFINITY })).attempts).toHaveLength(1);
  });

  it('believes a refusal at once, whatever the other attempt does', async () => {
    const refused: Verdict = { status: 'fail', summary: 'refused' };
    expect((await run([null, [1, refused]])).observation).toMatchObject({ ...refused, tookMs: 251 });
  });

  it('waits for the other attempt when one finds the host unreachable', async () => {
    const { observation } = await run([
      [300, silent],
      [200, ok],
    ]);
    expect(observation).toMatchObject({ status: 'ok', tookMs: 450 });
  });

  it('is unknown when the check is broken, and says why', async () => {
    const clock = manualClock();
    const running = runCheck(
      () => Promise.reject(new Error('oops')),
      target,
      { timeoutMs: 1000, hedgeMs: 250 },
      { clock, log },
    );
    await clock.advance(1);
    expect((await running).observation).toMatchObject({ status: 'unknown', summary: 'the check is broken: oops' });
  });

  it('is unknown when the check does not obey its deadline', async () => {
    const clock = manualClock();
    const running = runCheck(() => new Promise(() => {}), target, { timeoutMs: 1000, hedgeMs: 2000 }, { clock, log });
    await clock.advance(5000);
    expect((await running).observation).toMatchObject({
      status: 'unknown',
      summary: 'the check did not obey its deadline',
    });
  });

  it('leaves no timer behind', async () => {
    expect((await run([[3, ok]])).timers).toBe(0);
    expect((await run([])).timers).toBe(0);
  });

  it('ends at once when it is called off', async () => {
    const clock = manualClock();
    const { check, attempts } = scripted(clock);
    const off = new AbortController();
    const running = runCheck(check, target, { timeoutMs: 1000, hedgeMs: 250 }, { clock, log, signal: off.signal });
    await clock.advance(10);
    off.abort();
    expect((await running).observation).toMatchObject({ status: 'unknown', summary: 'called off' });
    expect(attempts[0]?.aborted).toBeInstanceOf(Error);
    expect(clock.timers()).toBe(0);
  });

  it('says how late its own timer was', async () => {
    const clock = manualClock();
    let lateMs = 0;
    const sleepy = { ...clock, after: (ms: number, callback: () => void) => clock.after(ms + lateMs, callback) };
    lateMs = 400;
    const running = runCheck(scripted(clock).check, target, { timeoutMs: 1000, hedgeMs: 5000 }, { clock: sleepy, log });
    await clock.advance(3000);
    expect((await running).lateByMs).toBe(400);
  });
});
