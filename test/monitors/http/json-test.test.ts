import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, readJsonTest, valueAt } from '../../../monitors/http/json-test.ts';

const document = {
  state: 'live',
  load: 0.5,
  viewers: '12',
  ready: true,
  error: null,
  streams: [{ name: 'one', bitrate: 800 }, { name: 'two' }],
  'odd key': { 'a.b': 1 },
};

function says(text: string): boolean | null {
  const test = readJsonTest(text);
  return test === null ? null : holds(test, valueAt(document, test.path));
}

describe('a JSON test', () => {
  it.each([
    ['state == "live"', true],
    ['state == live', true],
    ['state != live', false],
    ['state', true],
    ['missing', false],
    ['missing != 1', false],
    ['load < 0.9', true],
    ['load >= 0.5', true],
    ['load > 0.5', false],
    ['load<=0.4', false],
    ['load == 0.5', true],
    ['viewers < 100', true],
    ['viewers == 12', false],
    ['viewers == "12"', true],
    ['ready == true', true],
    ['error == null', true],
    ['error', true],
    ['streams[0].name == one', true],
    ['streams[1].bitrate > 0', false],
    ['streams[7]', false],
    ['streams.length == 2', true],
    ['streams.length > 2', false],
    ['["odd key"]["a.b"] == 1', true],
    ['constructor', false],
    ['state.length', false],
    ['state < 5', false],
  ])('%s', (text, truth) => {
    expect(says(text)).toBe(truth);
  });

  it.each(['', '== 1', 'a..b', 'a[', 'a[x]', 'a =', 'a == ', 'a == {', 'a == [1]', 'a < live', 'a b', '.a', 'a[-1]'])(
    'is not %j',
    (text) => {
      expect(readJsonTest(text)).toBeNull();
    },
  );

  it('never throws, whatever is written and whatever is answered', () => {
    const any = fc.oneof(fc.string(), fc.stringMatching(/^[a-c.[\]0-9"<>= ]{0,20}$/));
    fc.assert(
      fc.property(any, fc.jsonValue(), (text, value) => {
        const test = readJsonTest(text);
        if (test !== null) holds(test, valueAt(value, test.path));
      }),
    );
  });
});
