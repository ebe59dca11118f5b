import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandwidth } from '../../../monitors/bandwidth.ts';
import { cpu } from '../../../monitors/cpu.ts';
import { disk } from '../../../monitors/disk.ts';
import { load } from '../../../monitors/load.ts';
import { readAgentReport } from '../../../monitors/measure/agent-report.ts';
import { memory } from '../../../monitors/memory.ts';
import { type Report, reportText } from '../../../src/formats/agent-report.ts';
import type { Monitor } from '../../../src/plugin/plugin.ts';
import { answer, answerAndClose, type Behaviour, listen } from '../bad-servers.ts';
import { runCheck } from '../context.ts';
import { prepare } from '../sample.ts';

const figures = {
  load1: 1.5,
  load5: 1.02,
  load15: 0.5,
  cpus: 2,
  cpu: 51,
  busy: 48,
  memory: 40,
  disk: 71,
  band_in: 12.1,
  band_out: 63.1,
};
const report: Report = { answer: 'up 85%', load: 0.57, ageMs: 1200, figures, limits: { cpu: 90 }, missing: {} };

function said(changes: Partial<Report> = {}): string {
  return `up 85%\n${reportText({ ...report, ...changes })}\n`;
}

async function ask(monitor: Monitor, options: object, behave: Behaviour | string) {
  const server = await listen(typeof behave === 'string' ? answer(behave) : behave);
  const verdict = await runCheck(prepare(monitor, { via: 'agent', port: server.port, ...options }), 300);
  await server.close();
  return verdict;
}

describe('via agent', () => {
  it.each([
    [cpu, { measure: 'load5', limit: 51 }, 'overloaded', { load5: 51, cpu: 51 }],
    [cpu, { measure: 'busy', limit: 51 }, 'ok', { busy: 48, cpu: 48 }],
    [load, { limits: { load1: 1.5 } }, 'overloaded', { load1: 1.5, load5: 1.02, load15: 0.5 }],
    [load, { per_cpu: true, limits: { load1: 1 } }, 'ok', { load1: 0.75, load5: 0.51, load15: 0.25 }],
    [bandwidth, { limits: { band_out: 63.1 } }, 'overloaded', { band_in: 12.1, band_out: 63.1 }],
    [memory, { limit: 41 }, 'ok', { memory: 40 }],
    [disk, { limit: 71 }, 'overloaded', { disk: 71 }],
  ] as const)('$type takes the figure of the agent at once', async (monitor, options, status, measures) => {
    expect(await ask(monitor, options, said())).toMatchObject({ status, measures });
  });

  it('says why the agent has no such figure', async () => {
    const { busy: _busy, ...others } = figures;
    const text = said({ figures: others, missing: { busy: 'no earlier reading' } });
    expect(await ask(cpu, { measure: 'busy' }, text)).toEqual({
      status: 'unknown',
      summary: 'no CPU reading: no earlier reading',
    });
    expect(await ask(memory, {}, said({ figures: {} }))).toEqual({
      status: 'unknown',
      summary: 'no memory reading: no figures of memory',
    });
  });

  it.each([
    ['figures that nobody reads any more', said({ ageMs: 91_000 }), 'the agent stopped reading its figures'],
    ['an agent that has read nothing yet', said({ ageMs: null }), 'no figures yet'],
    [
      'an agent check of another make',
      answerAndClose('up 100%\n'),
      'expected the figures of understudy agent, got `up 100%`',
    ],
    ['another version', answerAndClose('up\n{"understudy_agent":2}\n'), 'truncated answer'],
    [
      'a page',
      answer('HTTP/1.1 400 Bad Request\r\n\r\n'),
      'expected the figures of understudy agent, got `HTTP/1.1 400 Bad Request`',
    ],
  ])('knows %s', async (_what, behave, cause) => {
    expect(await ask(cpu, {}, behave)).toMatchObject({ status: 'unknown', summary: `no CPU reading: ${cause}` });
  });

  it('reads the same in whatever pieces it comes', async () => {
    const text = said();
    const verdict = await ask(memory, {}, (socket) => {
      socket.once('data', () => {
        socket.write(text.slice(0, 9));
        setImmediate(() => socket.write(text.slice(9)));
      });
    });
    expect(verdict).toMatchObject({ status: 'ok', measures: { memory: 40 } });
  });

  it('refuses what only the agent can be told', () => {
    expect(() => prepare(disk, { via: 'agent', paths: ['/'] })).toThrow(
      'expected the paths in the configuration of the agent',
    );
    expect(() => prepare(bandwidth, { via: 'agent', interface: 'eth0' })).toThrow('expected the interface');
  });
});

describe('the report of an agent', () => {
  it('is what the agent writes', () => {
    expect(readAgentReport(said())).toEqual({
      ageMs: 1200,
      facts: {
        cpus: 2,
        loads: { load1: 1.5, load5: 1.02, load15: 0.5 },
        busy: 48,
        memory: 40,
        disks: [{ path: null, used: 71 }],
        band: { in: 12.1, out: 63.1 },
        missing: {},
      },
    });
  });

  it.each([
    '',
    'up\n',
    said().slice(0, -3),
    'up\n{"understudy_agent":2,"figures":{}}\n',
    'up\n{"figures":{}}\n',
    'up\n{x}\n',
  ])('is not %s', (text) => {
    expect(readAgentReport(text)).toBeNull();
  });

  it('never makes its reader throw', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (one, two) => {
        readAgentReport(`{"understudy_agent":1,"figures":${one},"missing":${two}}\n`);
      }),
    );
  });
});
