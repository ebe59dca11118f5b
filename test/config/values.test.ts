import { describe, expect, test } from 'vitest';
import { parseAddress, parseEndpoint } from '../../src/config/addresses.ts';
import { showValue } from '../../src/config/show.ts';
import { didYouMean, editDistance } from '../../src/config/suggest.ts';
import { formatDurationMs, parseDurationMs } from '../../src/plugin/fields.ts';

describe('addresses', () => {
  test.each([
    ['10.10.3.20', '10.10.3.20'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['::1', '::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
  ])('reads %s', (text, address) => expect(parseAddress(text)).toEqual({ ok: address }));

  test.each([
    '',
    '10.1',
    '010.0.0.1',
    '0x0a000001',
    '1.2.3.4.5',
    '1.2.3.4/24',
    ' 1.2.3.4',
    '[]',
    '[::1',
    'fe80::1%eth0',
    '0.0.0.0',
    '::',
    'ff02::1',
    'a.b',
  ])('refuses %j', (text) => expect(parseAddress(text)).toHaveProperty('expected'));

  test.each([
    '1.2.3.4:',
    '1.2.3.4:0',
    '1.2.3.4:65536',
    '1.2.3.4:+5',
    ':554',
    '[::1]554',
    '[::1]:',
    '::1:554',
    '[1.2.3.4]:554',
    '1.2.3.4:5:6',
  ])('refuses %j as address and port', (text) => expect(parseEndpoint(text, true)).toHaveProperty('expected'));
});

describe('durations', () => {
  test.each([
    ['100ms', 100],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['400d', 34_560_000_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  test.each(['', '1', 's', '1 s', '-1s', '1e3s', '1S', '1s ', '1.s'])('refuses %j', (text) =>
    expect(parseDurationMs(text)).toBeNull(),
  );

  test.each([
    [0, '0ms'],
    [1500, '1500ms'],
    [90_000, '90s'],
    [7_200_000, '2h'],
  ])('writes %i as %s', (ms, text) => expect(formatDurationMs(ms)).toBe(text));
});

describe('suggestions', () => {
  test('count inserted, missing, replaced and swapped characters', () => {
    expect(editDistance('intervall', 'interval')).toBe(1);
    expect(editDistance('rtps', 'rtsp')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
  });

  test('are only made for a word that is near', () => {
    expect(didYouMean('Timeout', ['interval', 'timeout'])).toBe(', did you mean `timeout`?');
    expect(didYouMean('x', ['interval'])).toBe('');
    expect(didYouMean('x'.repeat(100_000), ['interval'])).toBe('');
  });
});

describe('shown values', () => {
  test.each([
    [null, 'nothing'],
    [[], 'an empty list'],
    [{}, 'a map'],
    [70000, '`70000`'],
    ['554', '`"554"`'],
    ['a\nb', '`a\\u000ab`'],
    ['x'.repeat(70), `\`${'x'.repeat(60)}...\``],
    ['smtp://user:pa/ss@word@host', '`smtp://user:[secret]@host`'],
    ['smtp://user@host', '`smtp://user@host`'],
  ])('are short, on one line, without passwords: %j', (value, shown) => expect(showValue(value)).toBe(shown));
});
