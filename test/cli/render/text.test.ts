import { describe, expect, test } from 'vitest';
import { columns } from '../../../src/cli/render/columns.ts';
import { clip, columnsOf, type Look, paint, plain, toned } from '../../../src/cli/render/look.ts';
import { clockTime, dateTime, duration } from '../../../src/cli/render/time.ts';
import { bar } from '../../../src/cli/render/words.ts';

const look: Look = { width: 20, unicode: true, colour: false };

describe('a line', () => {
  test('is cut at the width and says so', () => {
    expect(paint([plain('a line that is too long')], look)).toBe('a line that is too …');
    expect(paint([plain('exactly twenty chars')], look)).toBe('exactly twenty chars');
    expect(paint([plain('exactly twenty chars'), toned('bad', '!')], look)).toBe('exactly twenty char…');
  });

  test('keeps its colours and its width apart', () => {
    const painted = paint([toned('bad', 'FAIL'), plain(' edge1')], { ...look, colour: true });
    expect(painted).toBe('\x1b[1m\x1b[91mFAIL\x1b[39m\x1b[22m edge1');
  });

  test('does not let a text from outside move the cursor', () => {
    expect(paint([plain('a\x1b[2J\r\nb\u202ec')], look)).toBe('a [2J b c');
  });

  test('counts wide characters twice and marks not at all', () => {
    expect(columnsOf('配信')).toBe(4);
    expect(columnsOf('e\u0301')).toBe(1);
    expect(clip('配信サーバー', 6)).toBe('配信…');
  });
});

describe('columns', () => {
  test('cut the one that can spare it, then leave out the sparest', () => {
    const rows = [['edge1', '10.10.3.20', 'connection refused']].map((row) => row.map((text) => [plain(text)]));
    const drawn = (width: number) =>
      columns([{}, { spare: 1 }, { min: 10 }], rows, { ...look, width }).map((line) => paint(line, { ...look, width }));
    expect(drawn(40)).toEqual(['edge1  10.10.3.20  connection refused']);
    expect(drawn(30)).toEqual(['edge1  10.10.3.20  connection…']);
    expect(drawn(28)).toEqual(['edge1  connection refused']);
    expect(drawn(20)).toEqual(['edge1  connection r…']);
  });
});

test('a bar shows something for the smallest of values', () => {
  expect([bar(0, 400, 8), bar(1, 400, 8), bar(200, 400, 8), bar(900, 400, 8), bar(0, 0, 8)]).toEqual([
    '',
    '█',
    '████',
    '████████',
    '',
  ]);
});

test('a duration names the two units that matter', () => {
  const said = [0, -5, 400, 59_600, 250_000, 3_600_000, 93_784_000, 400 * 86_400_000].map((ms) => duration(ms));
  expect(said).toEqual(['0s', '0s', '0s', '1m', '4m 10s', '1h', '1d 2h', '400d']);
});

test('a time is told in the zone of the reader, with the date when it is another day', () => {
  const ms = Date.UTC(2026, 10, 21, 23, 30);
  expect(dateTime(ms, { timeZone: 'Europe/Berlin' })).toBe('2026-11-22 00:30:00');
  expect(clockTime(ms, ms - 3_600_000, { timeZone: 'UTC' })).toBe('23:30');
  expect(clockTime(ms, ms - 3_600_000, { timeZone: 'Europe/Berlin' })).toBe('2026-11-22 00:30');
});
