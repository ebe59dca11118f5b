import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/core/model.ts';
import { weigh } from '../../src/core/witness.ts';

const silence: Observation = { status: 'fail', summary: 'no answer', silent: true, atMs: 5000, tookMs: 1000 };
const none = { silentSinceMs: 100, lateByMs: 0, hostHeardMs: null, referencesHeardMs: [] };

describe('weigh (law 1)', () => {
  it.each([
    ['believes silence when there is no reference to ask', none, 'fail'],
    ['believes silence when a reference answered since', { ...none, referencesHeardMs: [101] }, 'fail'],
    ['believes silence when one of two references answered since', { ...none, referencesHeardMs: [50, 101] }, 'fail'],
    ['doubts silence when the reference is silent too', { ...none, referencesHeardMs: [99] }, 'unknown'],
    [
      'believes a hung program whose host still answers',
      { ...none, hostHeardMs: 101, referencesHeardMs: [99] },
      'fail',
    ],
    ['doubts silence that our own late timers explain', { ...none, lateByMs: 500 }, 'unknown'],
  ] as const)('%s', (_, witnesses, expected) => {
    expect(weigh(silence, witnesses).status).toBe(expected);
  });

  it('never doubts what was heard', () => {
    const refused: Observation = { status: 'fail', summary: 'refused', atMs: 1, tookMs: 1 };
    expect(weigh(refused, { ...none, lateByMs: 9999, referencesHeardMs: [1] })).toBe(refused);
  });
});
