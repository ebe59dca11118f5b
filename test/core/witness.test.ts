import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/core/model.ts';
import { weigh } from '../../src/core/witness.ts';

const silence: Observation = { status: 'fail', summary: 'no answer', silent: true, atMs: 5000, tookMs: 1000 };
const none = { startedMs: 4000, silentSinceMs: 100, lateByMs: 0, hostHeardMs: null, references: [] };
const heard = (...times: readonly number[]) => times.map((heardMs) => ({ heardMs, steadySinceMs: null }));

describe('weigh (law 1)', () => {
  it.each([
    ['believes silence when there is no reference to ask', none, 'fail'],
    ['believes silence when a reference answered since', { ...none, references: heard(101) }, 'fail'],
    ['believes silence when one of two references answered since', { ...none, references: heard(50, 101) }, 'fail'],
    ['doubts silence when the reference is silent too', { ...none, references: heard(99) }, 'unknown'],
    ['believes a hung program whose host still answers', { ...none, hostHeardMs: 101, references: heard(99) }, 'fail'],
    [
      'doubts silence just after the reference came back: others need longer',
      { ...none, references: [{ heardMs: 4100, steadySinceMs: 3000 }] },
      'unknown',
    ],
    [
      'believes silence that began well after the reference came back',
      { ...none, references: [{ heardMs: 4100, steadySinceMs: 1900 }] },
      'fail',
    ],
    [
      'believes silence while another reference never was silent',
      { ...none, references: [{ heardMs: 4100, steadySinceMs: 3000 }, ...heard(4100)] },
      'fail',
    ],
    ['doubts silence that our own late timers explain', { ...none, lateByMs: 500 }, 'unknown'],
  ] as const)('%s', (_, witnesses, expected) => {
    expect(weigh(silence, witnesses).status).toBe(expected);
  });

  it('never doubts what was heard in time', () => {
    const refused: Observation = { status: 'fail', summary: 'refused', atMs: 1, tookMs: 1 };
    expect(weigh(refused, { ...none, references: heard(1) })).toBe(refused);
  });

  it('doubts half an answer when our own timers were late', () => {
    const half: Observation = { status: 'fail', summary: 'unfinished answer to OPTIONS', atMs: 1, tookMs: 2500 };
    expect(weigh(half, { ...none, lateByMs: 1500 }).status).toBe('unknown');
  });
});
