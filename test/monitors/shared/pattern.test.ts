import { describe, expect, it } from 'vitest';
import { matcher, sparingly } from '../../../monitors/shared/pattern.ts';

describe('a pattern for an answer', () => {
  it.each([
    ['live', 'it is live', true],
    ['live', 'it is dead', false],
    ['/^ok$/m', 'well\nok\n', true],
    ['/LIVE/i', 'live', true],
    ['/^ok$/', 'not ok', false],
    ['a/b/', 'xa/b/x', true],
  ])('%s in %j', (pattern, text, found) => {
    expect(matcher(pattern)?.(text)).toBe(found);
  });

  it('is none when the expression is none', () => {
    expect(matcher('/(/')).toBeNull();
  });

  it('gives up where an expression would take for ever', () => {
    expect(matcher('/^(a+)+$/')?.(`${'a'.repeat(60)}!`)).toBeNull();
  });

  it('is spared after three looks that took too long, and tried again now and then', () => {
    const looks: (boolean | null)[] = [null, null, true, null, null, null, null, true];
    let tried = 0;
    const matches = sparingly(() => {
      const look = looks[tried];
      tried += 1;
      return look === undefined ? true : look;
    });
    const said = Array.from({ length: 6 }, () => matches(''));
    expect(said).toEqual([null, null, true, null, null, null]);
    for (let look = 0; look < 99; look += 1) expect(matches('')).toBeNull();
    expect(tried).toBe(6);
    expect(matches('')).toBeNull();
    for (let look = 0; look < 99; look += 1) matches('');
    expect([matches(''), matches('')]).toEqual([true, true]);
    expect(tried).toBe(9);
  });
});
