import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nagiosVerdict } from '../../../monitors/command/nagios.ts';
import { parsePerformance } from '../../../monitors/command/performance.ts';

describe('performance data', () => {
  it.each([
    ['time=0.000123s;;;0.000000;10.000000', { time_s: 0.000123 }],
    ['rta=12.5ms;100;200;0; pl=0%;10;20;;', { rta_s: 0.0125, pl_percent: 0 }],
    ['load1=0.920;5.000;9.000;0; load5=1.040;5;9;0;', { load1: 0.92, load5: 1.04 }],
    ['/=26971471872B;243497277849;257024904396;0;270552530944', { '/_bytes': 26_971_471_872 }],
    ["'free space'=2KB 'it''s'=3MiB", { 'free space_bytes': 2048, "it's_bytes": 3_145_728 }],
    ['errors=17c', { errors_total: 17 }],
    ['delta=-1.5 big=1e3 half=.5', { delta: -1.5, big: 1000, half: 0.5 }],
    ['time=U size=1furlong =5 x= y=1e999', {}],
    ['', {}],
  ])('%s', (text, measures) => {
    expect(parsePerformance(text)).toEqual(measures);
  });

  it('is capped', () => {
    const many = Array.from({ length: 200 }, (_, at) => `m${at}=1`).join(' ');
    expect(Object.keys(parsePerformance(many))).toHaveLength(64);
  });

  it.each([
    ['quotes', "'"],
    ['one word', 'a'],
    ['digits', '1'],
    ['quoted blanks', "'' "],
    ['half an item', "'a"],
  ])('of 64 kB of %s are read without delay', (_what, filler) => {
    const began = process.cpuUsage().user;
    parsePerformance(filler.repeat(65_536 / filler.length));
    expect(process.cpuUsage().user - began).toBeLessThan(300_000);
  });

  it('never throws, and gives finite numbers only', () => {
    const parts = fc.constantFrom("'", '=', ' ', ';', 'a', '1', '.', 'e', 'ms', '%', '-');
    fc.assert(
      fc.property(fc.array(fc.oneof(parts, fc.string())), (some) => {
        for (const value of Object.values(parsePerformance(some.join('')))) expect(value).toSatisfy(Number.isFinite);
      }),
    );
  });
});

describe('the output of a Nagios plugin', () => {
  const run = (output: string, code = 0, errors = '') => nagiosVerdict({ output, code, errors });

  it('is a line of text, performance data, more text, more performance data', () => {
    const output = 'DISK WARNING - free: / 9% | /=5MB;4\nsecond line\nthird | /boot=68MB;88\n/home=69MB;99\n';
    expect(run(output, 1)).toEqual({
      status: 'overloaded',
      summary: 'DISK WARNING - free: / 9%',
      detail: 'DISK WARNING - free: / 9%\nsecond line\nthird',
      measures: { '/_bytes': 5_242_880, '/boot_bytes': 71_303_168, '/home_bytes': 72_351_744 },
    });
  });

  it.each([
    ['OK', 0, 'ok'],
    ['WARNING', 1, 'overloaded'],
    ['CRITICAL', 2, 'fail'],
    ['UNKNOWN', 3, 'unknown'],
    ['of another status', 255, 'unknown'],
  ])('%s is taken by its exit status', (_name, code, status) => {
    expect(run('text', code)).toMatchObject({ status, summary: 'text' });
  });

  it('on stderr alone is why it broke', () => {
    expect(run('', 3, "can't locate utils.pm\n")).toMatchObject({ summary: "can't locate utils.pm" });
    expect(run('', 2)).toMatchObject({ status: 'fail', summary: 'exit status 2' });
  });

  it('is read without delay when it is 64 kB of blanks', () => {
    const began = process.cpuUsage().user;
    expect(run(`text${' '.repeat(65_000)}x`).summary).toContain('text');
    expect(process.cpuUsage().user - began).toBeLessThan(300_000);
  });

  it('has no measures where it has no performance data', () => {
    expect(run('OK')).not.toHaveProperty('measures');
  });
});
