// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what could be a variable of the environment
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importCsv } from '../../csv/index.ts';
import type { SourceText } from '../../import.ts';
import { filesIn, fixtures } from '../imported.ts';
import { damaged, growth, holds, silentLines, tries } from '../laws.ts';

const folder = join(fixtures, 'csv');
const clusters = readdirSync(folder).map((name) => ({ name, files: filesIn(join(folder, name)) }));
const right = clusters.filter(({ files }) => importCsv(files).remarks.every(({ kind }) => kind !== 'error'));

describe('a folder of CSV files', () => {
  test.each(right)('no line of $name is dropped silently', ({ files }) => {
    const silent = files.flatMap((file) => {
      const withText = (text: string) => importCsv(files.map((one) => (one === file ? { ...file, text } : one)));
      return silentLines(file.text, withText, /^\s*(#.*)?$/);
    });
    expect(silent).toEqual([]);
  });

  test('whatever is in them, it crashes nothing, and the result is accepted', () => {
    const pieces = ['\n', '\r\n', ',', '"', '\ufeff', '10.10.3.29', '192.168.7.0/24', '1', '3', '#', ' ', '${X}'];
    const damagedFiles = fc
      .constantFrom(...right)
      .chain(({ files }) =>
        fc.tuple(
          ...files.map(({ name, text }) => fc.record({ name: fc.constant(name), text: damaged([text], pieces) })),
        ),
      );
    const usuallyOne = fc
      .tuple(fc.constantFrom(...right), fc.nat(3), damagedFiles)
      .map(([{ files }, at, wrong]): readonly SourceText[] =>
        files.map((file, index) => (index === at ? (wrong[index] ?? file) : file)),
      );
    fc.assert(
      fc.property(fc.oneof(damagedFiles, usuallyOne), (files) => holds(importCsv(files))),
      tries(),
    );
  });

  test('many clients take linear time, 200,000 are read, and more are refused', () => {
    const plain = clusters.find(({ name }) => name === 'plain')?.files ?? [];
    const withClients = (count: number) => {
      const rows = Array.from({ length: count }, (_, at) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255},2`);
      const text = `IP,fwmark\n${rows.join('\n')}\n`;
      return importCsv(plain.map((file) => (file.name === 'client-list.csv' ? { ...file, text } : file)));
    };
    expect(withClients(200_000).files[0]?.content.split('\n')).toHaveLength(200_002);
    expect(growth(50_000, withClients)).toBeLessThan(3);
    expect(withClients(200_001).remarks).toMatchObject([
      { kind: 'error', text: 'expected at most 200000 rows, got 200001' },
    ]);
  });
});
