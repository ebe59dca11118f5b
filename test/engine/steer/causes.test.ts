import { describe, expect, it } from 'vitest';
import { type Causes, noteCause } from '../../../src/engine/steer/causes.ts';

describe('a step of the weights', () => {
  const failing = { text: 'edge1 fail: refused', server: 'edge1', incidentId: 'i1', sinceMs: 1 };
  const step = {
    text: 'edge1: fuller than the pool',
    server: 'edge1',
    incidentId: null,
    sinceMs: 2,
    ofWeight: true,
  } as const;

  it('never takes the place of what happened to the server', () => {
    const causes: Causes = new Map();
    noteCause(causes, failing);
    noteCause(causes, step);
    expect(causes.get('edge1')).toBe(failing);
  });

  it('gives way to it, and to a newer step', () => {
    const causes: Causes = new Map();
    noteCause(causes, { ...step, sinceMs: 1 });
    noteCause(causes, step);
    expect(causes.get('edge1')).toBe(step);
    noteCause(causes, failing);
    expect(causes.get('edge1')).toBe(failing);
  });
});
