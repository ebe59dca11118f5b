import { expect, test } from 'vitest';
import { withExternalHolds } from '../../src/core/external-holds.ts';
import type { PoolRule, ServerView } from '../../src/core/pool.ts';
import type { ExternalHold, TableService } from '../../src/core/table.ts';

const rule: PoolRule = {
  members: [{ server: 's1', weight: 1, port: 0, backups: ['s9'] }],
  forward: 'nat',
  minPooled: 0,
  failBackAfterMs: 0,
};

function held(hand: ExternalHold, change: Partial<ServerView> = {}): string {
  const view = { okSinceMs: 0, hold: null, shared: false, returnNow: false, status: 'ok' as const };
  const servers = new Map<string, ServerView>([
    ['s1', { ...view, name: 's1', address: '10.0.0.1', ...change }],
    ['s9', { ...view, name: 's9', address: '10.0.0.9' }],
  ]);
  const spec = {
    at: { kind: 'haproxy', socket: '/s', backend: 'b' },
    scheduler: 'haproxy',
    persistenceS: null,
    persistencePrefix: 32,
  } as const;
  const actual: TableService = { spec, entries: [], externalHolds: new Map([['10.0.0.1:0', hand]]) };
  const seen = withExternalHolds(rule, servers, actual);
  expect(seen.get('s9')).toEqual(servers.get('s9'));
  return `${seen.get('s1')?.hold} ${seen.get('s1')?.status}`;
}

test.each([
  ['disable', true, {}, 'disable ok'],
  ['drain', true, {}, 'drain ok'],
  ['disable', true, { status: 'fail' }, 'disable fail'],
  // It stays drained where the hand put it, and is covered.
  ['drain', true, { status: 'fail' }, 'drain overloaded'],
  // Nobody is sought for one that is not tested.
  ['disable', false, {}, 'disable untested'],
  ['drain', true, { hold: 'disable' }, 'disable ok'],
] as const)('a %s in the balancer (can be covered: %s) over %o is %s', (hold, canBeCovered, change, seen) => {
  expect(held({ hold, canBeCovered }, change)).toBe(seen);
});

test('a table without externalHolds changes nothing', () => {
  const servers = new Map<string, ServerView>();
  expect(withExternalHolds(rule, servers, undefined)).toBe(servers);
});
