// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what could be a variable of the environment
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importMon } from '../../../src/import/mon/index.ts';
import { fixtures } from '../imported.ts';
import { damaged, holds, outcome } from '../laws.ts';

const folder = join(fixtures, 'mon');
const names = readdirSync(folder);
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');
const imported = (text: string) => importMon({ file: { name: 'mon.cf', text }, hosts: null });
const withoutErrors = names.filter((name) => imported(textOf(name)).remarks.every(({ kind }) => kind !== 'error'));

describe('a mon.cf', () => {
  test.each(withoutErrors)('no line of %s is dropped in silence', (name) => {
    const lines = textOf(name).split('\n');
    const whole = outcome(imported(lines.join('\n')));
    const silent = lines.filter((line, at) => {
      if (/^\s*(#.*)?$/.test(line)) return false;
      return outcome(imported(lines.toSpliced(at, 1).join('\n'))) === whole;
    });
    expect(silent).toEqual([]);
  });

  test('whatever it is, it crashes nothing, and what comes of it is accepted', () => {
    const pieces = [
      '\n',
      '\n\n',
      ' ',
      '"',
      "'",
      '\\\n',
      '-M 2',
      '-B 10.10.3.20',
      '::1',
      'alert ',
      'period',
      '${X}',
      'watch ',
      '0',
      '9',
    ];
    fc.assert(
      fc.property(damaged(names.map(textOf), pieces), (text) => holds(imported(text))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => holds(imported(text))),
      { numRuns: 100 },
    );
  });

  test('quotes that never close and long lines take no time to speak of', () => {
    const started = performance.now();
    imported(`watch a\nservice b\ninterval 1s\nmonitor ${'"'.repeat(200_000)}\nperiod\nalert ${"'a".repeat(100_000)}`);
    imported('\\\n'.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
