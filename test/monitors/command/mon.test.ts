import { describe, expect, it } from 'vitest';
import { judgeMon } from '../../../monitors/command/mon.ts';
import type { Ending } from '../../../monitors/shared/run.ts';

const edge1 = { server: 'edge1', address: '10.0.0.1' };
const edge2 = { server: 'edge2', address: '10.0.0.2' };
const edge6 = { server: 'edge6', address: '2001:db8::6' };
const both = [edge1, edge2];

const exit = (output: string, code = 1, errors = ''): Ending => ({ how: 'exit', code, output, errors });
const killed = (signal: string): Ending => ({ how: 'signal', signal, output: '', errors: '' });

function verdicts(ending: Ending, targets = both) {
  return [...judgeMon('`x.monitor`', ending, targets).values()].map(({ verdict }) => verdict);
}

const isUnclear = (ending: Ending, targets = both) =>
  [...judgeMon('`x.monitor`', ending, targets).values()].some(({ unclear }) => unclear);

const fine = { status: 'ok', summary: 'not reported as failed' };

describe('a monitor of mon', () => {
  it('names the failed hosts on its first line and says why below', () => {
    // As tcp.monitor of mon 1.3.6 prints it.
    const output = '10.0.0.2\n\n10.0.0.2 could not connect: Connection refused\n';
    expect(verdicts(exit(output))).toEqual([
      fine,
      {
        status: 'fail',
        summary: 'could not connect: Connection refused',
        detail: '10.0.0.2 could not connect: Connection refused',
      },
    ]);
    expect(isUnclear(exit(output))).toBe(false);
  });

  it.each([
    ['several', '10.0.0.1 10.0.0.2\n'],
    ['with commas', '10.0.0.1, 10.0.0.2\n'],
    ['by the name of the server', 'edge1 edge2\n'],
    ['with a port or a colon', '10.0.0.1:554 10.0.0.2:\n'],
    ['with a status', '10.0.0.1(0) 10.0.0.2(404)\n'],
    ['after empty lines', '\n\n10.0.0.2 10.0.0.1\n'],
    ['on stderr', ''],
  ])('may name them %s', (_how, output) => {
    const ending = output === '' ? exit('', 1, '10.0.0.1 10.0.0.2\n') : exit(output);
    expect(verdicts(ending).map(({ status, summary }) => [status, summary])).toEqual([
      ['fail', 'reported as failed'],
      ['fail', 'reported as failed'],
    ]);
  });

  it('may name an IPv6 address, in brackets and in capitals', () => {
    expect(verdicts(exit('[2001:DB8::6]:554\n'), [edge1, edge6])).toMatchObject([fine, { status: 'fail' }]);
    expect(verdicts(exit('2001:db8::6\n'), [edge1, edge6])).toMatchObject([fine, { status: 'fail' }]);
  });

  it('does not take one address for the beginning of another', () => {
    const edge10 = { server: 'edge10', address: '10.0.0.10' };
    expect(verdicts(exit('10.0.0.10\n'), [edge1, edge10])).toMatchObject([fine, { status: 'fail' }]);
  });

  it('is content with all of them at exit status 0, whatever it says', () => {
    expect(verdicts(exit('10.0.0.1 is slow today\n', 0))).toMatchObject([fine, fine]);
  });

  it.each<[sentence: string, ending: Ending, summary: string]>([
    [
      'names no host',
      exit('something is wrong\n'),
      '`x.monitor`: expected the failed hosts on the first line, got `something is wrong`',
    ],
    ['says nothing', exit(''), '`x.monitor`: expected the failed hosts on the first line, got nothing'],
    ['was ended by its own alarm', killed('SIGALRM'), 'no verdict'],
  ])('that %s blames none of several, and is asked for each', (_sentence, ending, summary) => {
    expect(verdicts(ending)).toMatchObject([
      { status: 'unknown', summary },
      { status: 'unknown', summary },
    ]);
    expect(isUnclear(ending)).toBe(true);
  });

  it('needs no name when it was asked for one host and says nothing else', () => {
    expect(verdicts(exit(''), [edge1])).toMatchObject([{ status: 'fail', summary: 'exit status 1' }]);
    expect(verdicts(killed('SIGALRM'), [edge1])).toMatchObject([
      { status: 'fail', summary: 'no verdict', silent: true },
    ]);
  });

  it.each<[sentence: string, ending: Ending, summary: string]>([
    [
      'lacks a program',
      exit('could not find ping\n'),
      '`x.monitor`: expected the failed hosts on the first line, got `could not find ping`',
    ],
    [
      'breaks before it speaks',
      exit('', 2, "Can't locate Net/SNMP.pm in @INC\n"),
      "`x.monitor`: expected the failed hosts on the first line, got `Can't locate Net/SNMP.pm in @INC`",
    ],
    ['crashes', killed('SIGSEGV'), '`x.monitor`: ended by SIGSEGV'],
    ['is killed for want of memory', killed('SIGKILL'), '`x.monitor`: ended by SIGKILL'],
    ['is not there', { how: 'not started', code: 'ENOENT' }, '`x.monitor`: not found'],
    ['cannot be found by its shell', exit('', 127, 'sh: x: not found'), '`x.monitor`: not found'],
    ['writes without end', { how: 'too much output' }, '`x.monitor`: output longer than 64 kB'],
  ])('that %s is our own problem, for one host too', (_sentence, ending, summary) => {
    expect(verdicts(ending, [edge1])).toMatchObject([{ status: 'unknown', summary }]);
    expect(verdicts(ending).map(({ status }) => status)).toEqual(['unknown', 'unknown']);
  });

  it('is read without delay when its first line is 64 kB of colons', () => {
    const began = process.cpuUsage().user;
    expect(verdicts(exit(`${':'.repeat(65_000)}x`), [edge1])).toMatchObject([{ status: 'unknown' }]);
    expect(process.cpuUsage().user - began).toBeLessThan(300_000);
  });
});
