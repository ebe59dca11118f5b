import { describe, expect, it } from 'vitest';
import { createStandIns } from '../../src/pools/stand-ins.ts';

const memory = (standIns: Record<string, string>) => ({
  standIns: new Map(Object.entries(standIns)),
  kept: new Set<string>(),
});

describe('where backups stand in', () => {
  it('is known to the other pools, and not held against the pool itself', () => {
    const standIns = createStandIns<string>();
    standIns.set('news', memory({ edge1: 'spare' }));
    expect(standIns.busyFor('news', 'spare')).toBeNull();
    expect(standIns.busyFor('playout', 'spare')).toBe('edge1');
    expect(standIns.busyFor('playout', 'other')).toBeNull();
  });

  it('follows each decision, also in several places at once', () => {
    const standIns = createStandIns<string>();
    standIns.set('news', memory({ edge1: 'spare', edge2: 'spare' }));
    standIns.set('radio', memory({ edge3: 'spare' }));
    standIns.set('news', memory({ edge2: 'spare2' }));
    expect(standIns.busyFor('playout', 'spare')).toBe('edge3');
    expect(standIns.busyFor('radio', 'spare')).toBeNull();
    expect(standIns.busyFor('radio', 'spare2')).toBe('edge2');
  });

  it('is forgotten with the pool', () => {
    const standIns = createStandIns<string>();
    standIns.set('news', memory({ edge1: 'spare' }));
    standIns.set('news', null);
    expect(standIns.busyFor('playout', 'spare')).toBeNull();
  });
});
