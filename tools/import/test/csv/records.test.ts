import { expect, test } from 'vitest';
import { readCsv } from '../../csv/records.ts';

const fieldsOf = (text: string) =>
  readCsv(text).records.map(({ line, fields }) => [line, ...fields.map((f) => f.text)]);

test.each([
  [
    'plain fields',
    'a,b\nc,d\n',
    [
      [1, 'a', 'b'],
      [2, 'c', 'd'],
    ],
  ],
  ['no line end at the end', 'a,b', [[1, 'a', 'b']]],
  [
    'empty fields',
    'a,,\n,b',
    [
      [1, 'a', '', ''],
      [2, '', 'b'],
    ],
  ],
  ['commas in quotes', '1,"a,b",c', [[1, '1', 'a,b', 'c']]],
  ['doubled quotes', '"say ""a""",b', [[1, 'say "a"', 'b']]],
  ['blanks around fields and quotes', ' a ,\t"b , c" , d', [[1, 'a', 'b , c', 'd']]],
  [
    'every kind of line end',
    'a\r\nb\rc\nd',
    [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
    ],
  ],
  ['a byte order mark', '\ufeffa,b', [[1, 'a', 'b']]],
  ['blank lines, comments and rows of nothing', '\n# c\n  \na\n,,\n', [[4, 'a']]],
  ['an empty quoted field', '"",a', [[1, '', 'a']]],
  ['nothing at all', '', []],
])('reads %s', (_, text, records) => {
  expect(fieldsOf(text)).toEqual(records);
  expect(readCsv(text).faults).toEqual([]);
});

test.each([
  ['"a', 'expected a closing quote on the same line, got none'],
  ['"a"b,c', 'expected a comma after the closing quote, got `b,c`'],
])('a fault of %s stays in its line', (line, text) => {
  const { faults, records } = readCsv(`x\n${line}\ny`);
  expect(faults).toEqual([{ line: 2, text }]);
  expect(records.map((record) => record.line)).toEqual([1, 3]);
});

test('tells what is odd, and where', () => {
  const csv = readCsv('\ufeff\na , b\r\n# note\n\nc\n');
  expect(csv).toMatchObject({ startsWithMark: true, firstCr: 2, blankLines: [1, 4], spacedLines: [2] });
  expect(csv.comments).toEqual([{ line: 3, text: 'note' }]);
});
