import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Check, Verdict } from '../../src/plugin/plugin.ts';
import * as bad from '../monitors/bad-servers.ts';
import { contextOf, loopback, runCheck } from '../monitors/context.ts';

export interface MonitorSubject {
  check(port: number): Check;
  /** What a healthy server says, whole. */
  readonly goodAnswer: Buffer;
  /** What a verdict on a sick server is: `unknown` for those that measure through somebody else. */
  readonly sick: 'fail' | 'unknown';
  /** In the summary of a server that says nothing: `no answer to OPTIONS`. */
  readonly silence: string;
  /** In the summary of a reset: `reset after OPTIONS`. */
  readonly reset: string;
  readonly wrongProtocol: { readonly answer: string; readonly summary: string };
  readonly garbage: string;
  /** In the summary of half an answer with a close behind it. */
  readonly truncated?: string;
  /** What a flood begins with, so that it is a flood of the right protocol, and its summary. */
  readonly flood: { readonly head: string; readonly filler: string; readonly summary: string };
}

/** A flood ends by its size, however slow the machine is; the other faults that last end by the deadline. */
const deadlineMs = 300;
const floodLimitMs = 10_000;

/** What every monitor that asks the network owes to the daemon, whatever the server does. */
export function monitorContract(name: string, subject: MonitorSubject): void {
  const half = subject.goodAnswer.subarray(0, Math.floor(subject.goodAnswer.length / 2));
  const { flood, wrongProtocol } = subject;
  const faults: readonly (readonly [fault: string, bad.Behaviour, summary: string])[] = [
    ['accepts and stays silent', bad.silent, subject.silence],
    ['drips one byte after the other', bad.drip(subject.goodAnswer), 'unfinished answer'],
    ['floods', bad.flood(flood.head, flood.filler), flood.summary],
    ['sends garbage', bad.answer(bad.garbage), subject.garbage],
    ['sends garbage and closes', bad.answerAndClose(bad.garbage), subject.garbage],
    ['closes at once', bad.closeAtOnce, 'closed without an answer'],
    ['closes after the request', bad.answerAndClose(''), 'closed without an answer'],
    ['resets at once', bad.resetAtOnce, subject.reset],
    ['resets after the request', bad.resetAfterRequest, subject.reset],
    ['sends half an answer and closes', bad.answerAndClose(half), subject.truncated ?? 'truncated answer'],
    ['sends half an answer and stops', bad.answer(half), 'unfinished answer'],
    ['speaks another protocol', bad.answerAndClose(wrongProtocol.answer), wrongProtocol.summary],
    ['speaks another protocol and stays', bad.answer(wrongProtocol.answer), wrongProtocol.summary],
  ];

  describe(`${name} keeps the monitor contract`, () => {
    it('is content with a healthy server, and leaves no connection in TIME_WAIT', async () => {
      const server = await bad.listen(bad.answer(subject.goodAnswer));
      expect(await runCheck(subject.check(server.port))).toMatchObject({ status: 'ok' });
      await soon(() => server.open()).toBe(0);
      expect(timeWaits(server.port)).toEqual([]);
      await server.close();
    });

    it('says so when the port is closed', async () => {
      const check = subject.check(await bad.closedPort());
      const verdict = await runCheck(check);
      expectSick(verdict, 'refused');
      expect(verdict.silent).not.toBe(true);
      expect(await runCheck(check)).toEqual(verdict);
    });

    it.each(faults)('gives a stable verdict and closes when the server %s', async (fault, behave, summary) => {
      const server = await bad.listen(behave);
      const check = subject.check(server.port);
      const limitMs = fault === 'floods' ? floodLimitMs : deadlineMs;
      const [verdict, again] = await Promise.all([runCheck(check, limitMs), runCheck(check, limitMs)]);
      expectSick(verdict, summary);
      expect(verdict.summary).not.toMatch(/[^ -~]/);
      expect([again.status, again.summary, again.silent]).toEqual([verdict.status, verdict.summary, verdict.silent]);
      if (subject.sick === 'fail') expect(verdict.silent === true).toBe(behave === bad.silent);
      await soon(() => [server.accepted(), server.open()]).toEqual([2, 0]);
      await server.close();
    });

    it('rejects at once and closes when it is aborted for another reason than its deadline', async () => {
      const server = await bad.listen(bad.silent);
      const abort = new AbortController();
      const reason = new Error('shutdown');
      const running = subject.check(server.port)(loopback, contextOf(abort.signal));
      const outcome = running.catch((error: unknown) => error);
      await soon(() => server.open()).toBe(1);
      abort.abort(reason);
      expect(await outcome).toBe(reason);
      await soon(() => server.open()).toBe(0);
      await server.close();
    });

    it('opens nothing when it was aborted before it began', async () => {
      const server = await bad.listen(bad.answer(subject.goodAnswer));
      const reason = new Error('shutdown');
      await expect(subject.check(server.port)(loopback, contextOf(AbortSignal.abort(reason)))).rejects.toBe(reason);
      expect(server.accepted()).toBe(0);
      await server.close();
    });

    it('gives every file descriptor back', async () => {
      const server = await bad.listen(bad.resetAfterRequest);
      const check = subject.check(server.port);
      await runCheck(check, deadlineMs);
      await soon(() => server.open()).toBe(0);
      const before = openDescriptors();
      await Promise.all(Array.from({ length: 20 }, () => runCheck(check, deadlineMs)));
      await soon(() => openDescriptors()).toBe(before);
      await server.close();
    });
  });

  function expectSick(verdict: Verdict, summary: string): void {
    expect(verdict.summary).toContain(summary);
    expect(verdict.status).toBe(subject.sick);
  }
}

/** Polls every few ms: closing takes a turn of both event loops. */
function soon<T>(read: () => T) {
  return expect.poll(read, { interval: 5, timeout: 5000 });
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Lines of /proc/net/tcp (proc(5)) about connections to the port that linger in TIME_WAIT, state 06. */
function timeWaits(port: number): readonly string[] {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')} 06 `;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => line.includes(remote));
}
