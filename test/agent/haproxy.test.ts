/** What the agent says, judged by the program that it says it to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { admission } from '../../src/agent/admission.ts';
import { startAgent } from '../../src/agent/agent.ts';
import { answerText } from '../../src/agent/answer.ts';
import { type AgentServer, openServer } from '../../src/agent/server.ts';
import { readSettings } from '../../src/agent/settings.ts';
import { systemClock } from '../../src/system/clock.ts';
import { manualClock } from '../fake/clock.ts';
import { silentLog } from '../http/harness.ts';
import { findHaproxy, type Haproxy, startHaproxy } from './haproxy.ts';
import { readPaper } from './host-texts.ts';

const program = findHaproxy();
const why = program === null ? ' (skipped: no haproxy program in PATH or in the folder of the lab)' : '';

describe.skipIf(program === null)(`a real HAProxy${why}`, () => {
  let folder: string;
  let haproxy: Haproxy;
  let agent: AgentServer;
  let answer: string | null = 'up 100%';
  const open = (port = 0) =>
    openServer({
      bind: '127.0.0.1',
      port,
      admits: admission([]),
      answer: () => answer,
      report: () => '{"understudy_agent":1}',
      clock: systemClock,
      log: silentLog,
    });
  const server = () => haproxy.server();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'understudy-haproxy-'));
    agent = await open();
    if (program !== null) haproxy = await startHaproxy(program, folder, agent.port);
  });
  afterAll(async () => {
    await haproxy?.close();
    await agent?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    answer = 'up 100%';
    await expect.poll(server).toMatchObject({ status: 'no check', weight: '100', agentStatus: 'L7OK' });
  });

  test.each([100, 55, 5])('`up %i%` is its weight', async (percent) => {
    answer = answerText({ up: percent });
    await expect
      .poll(server)
      .toMatchObject({ status: 'no check', weight: String(percent), lastAgent: 'via agent : up' });
  });

  test('`down #why` is down, with the reason, and keeps the weight', async () => {
    answer = 'up 55%';
    await expect.poll(server).toMatchObject({ weight: '55' });
    answer = answerText({ down: 'cpu 93% of 90%, publishers 120 of 100' });
    await expect.poll(async () => (await server()).status).toMatch(/^DOWN/);
    expect(await haproxy.command('show stat')).toContain('"via agent : down (cpu 93% of 90%, publishers 120 of 100)"');
    expect(await server()).toMatchObject({ weight: '55' });
    answer = 'up 15%';
    await expect.poll(server).toMatchObject({ status: 'no check', weight: '15' });
  });

  test('the longest reason and the strangest are taken whole', async () => {
    for (const reason of ['x'.repeat(200), 'no data: wcs "a" <b> \u00e9\r\nup; % # ,']) {
      answer = answerText({ down: reason });
      const told = answer.slice('down #'.length);
      await expect.poll(async () => haproxy.command('show stat')).toContain(told.replaceAll('"', '""'));
    }
  });

  test.each([
    ['up 55%', 'no check', '55'],
    ['down #x', 'DOWN (agent)', '100'],
  ])('an empty answer changes nothing after `%s`', async (before, status, weight) => {
    answer = before;
    await expect.poll(server).toMatchObject({ status, weight });
    answer = null;
    await expect.poll(server).toMatchObject({ agentStatus: 'CHECKED' });
    expect(await server()).toMatchObject({ status, weight });
  });

  test("an agent that is gone changes nothing, whatever it said last; `set server agent up` is a hand's cure", async () => {
    answer = 'down #cpu 93% of 90%';
    await expect.poll(async () => (await server()).status).toMatch(/^DOWN/);
    const { port } = agent;
    await agent.close();
    await expect.poll(server).toMatchObject({ agentStatus: 'L4CON' });
    expect((await server()).status).toMatch(/^DOWN/);
    expect(await haproxy.command('set server b/s agent up')).toBe('');
    await expect.poll(server).toMatchObject({ status: 'no check' });
    agent = await open(port);
  });

  test("never ends an operator's maint or drain", async () => {
    for (const state of ['maint', 'drain']) {
      await haproxy.command(`set server b/s state ${state}`);
      answer = 'down #x';
      await expect.poll(async () => (await server()).lastAgent).toContain('down (x)');
      answer = 'up 100%';
      await expect.poll(server).toMatchObject({ lastAgent: 'via agent : up' });
      expect((await server()).status.toLowerCase()).toContain(state);
      await haproxy.command('set server b/s state ready');
      await expect.poll(server).toMatchObject({ status: 'no check' });
    }
  });

  test('hears the last word of an agent that stops while it is down', async () => {
    const { port } = agent;
    await agent.close();
    const settings = readSettings({ limits: { cpu: 90 } }, () => {});
    if (settings === null) throw new Error('expected settings');
    const machine = { readText: readPaper(() => ({ load5: 4 })), askDisk: async () => ({ used: 1, free: 9 }) };
    // The looks have a clock of their own, so that nobody waits for three of them.
    const looks = manualClock();
    const beat = {
      ...looks,
      after: (ms: number, call: () => void) => (ms > 500 ? looks : systemClock).after(ms, call),
    };
    const whole = await startAgent({ ...settings, port }, machine, beat, silentLog);
    await looks.advance(1000);
    await looks.advance(5000);
    await expect.poll(async () => (await server()).lastAgent).toContain('down (cpu 200% of 90%)');
    await whole.stop();
    await expect.poll(server).toMatchObject({ status: 'no check', weight: '100' });
    await expect.poll(server).toMatchObject({ agentStatus: 'L4CON' });
    agent = await open(port);
  });
});
