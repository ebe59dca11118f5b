import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adoptPool, desirePool, type PoolInput, type ServerView } from '../../src/core/pool.ts';
import type { TableService } from '../../src/core/table.ts';
import { applied, decideTwice, input, member, nothing, picture, server } from './pool-fixture.ts';

const members = [member('edge1'), member('edge2')];
const all = (change: Record<string, Partial<ServerView>> = {}): ServerView[] =>
  ['edge1', 'edge2', 'spare'].map((name) => server(name, change[name]));

function plain({ entries }: TableService) {
  return entries.map(({ address, port, weight, forward }) => ({ address, port, weight, forward }));
}

function then(first: ServerView[], next: ServerView[], change: Partial<PoolInput> = {}) {
  return decideTwice(input(members, first, change), () => ({ servers: new Map(next.map((v) => [v.name, v])) }));
}

describe('desirePool', () => {
  it('pools the members that are ok and leaves the spare out', () => {
    expect(picture(desirePool(input(members, all())))).toBe('edge1=1 edge2=1 spare=-');
  });

  it('swaps a failing member for its backup', () => {
    expect(picture(then(all(), all({ edge1: { status: 'fail' } })))).toBe('edge1=- edge2=1 spare=1');
  });

  it('gives the stand-in the weight of the member', () => {
    const weighty = [member('edge1', ['spare'], 5), member('edge2')];
    expect(picture(desirePool(input(weighty, all({ edge1: { status: 'fail' } }))))).toBe('edge1=- edge2=1 spare=5');
  });

  it('never swaps in a failing, overloaded, untested or held backup', () => {
    for (const spare of [
      { status: 'fail' },
      { status: 'overloaded' },
      { status: 'untested' },
      { hold: 'drain' },
    ] as const) {
      expect(picture(then(all(), all({ edge1: { status: 'fail' }, spare })))).toBe('edge1=- edge2=1 spare=-');
    }
  });

  it('uses one backup once, unless it is shared', () => {
    const bothFail = { edge1: { status: 'fail' }, edge2: { status: 'fail' } } as const;
    expect(picture(then(all(), all(bothFail)))).toBe('edge1=- edge2=- spare=1');
    expect(picture(then(all(), all({ ...bothFail, spare: { shared: true } })))).toBe('edge1=- edge2=- spare=2');
  });

  it('gives a stand-in for several no more weight than the table takes, or the swap would be refused', () => {
    const heavy = [member('edge1', ['spare'], 200), member('edge2', ['spare'], 200)];
    const views = [
      server('edge1', { status: 'fail' }),
      server('edge2', { status: 'fail' }),
      server('spare', { shared: true }),
    ];
    const weightWith = (heaviest: number | undefined) => {
      const rule = { members: heavy, forward: 'nat' as const, minPooled: 1, failBackAfterMs: 0 };
      const made = input(heavy, views, { rule: heaviest === undefined ? rule : { ...rule, heaviest } });
      return desirePool(made).places.find((place) => place.server === 'spare')?.weight;
    };
    expect([weightWith(256), weightWith(undefined)]).toEqual([256, 400]);
  });

  it('does not take a backup that is busy in another pool for another server', () => {
    const failing = all({ edge1: { status: 'fail' } });
    expect(picture(desirePool(input(members, failing, { busyFor: () => 'other' })))).toBe('edge1=- edge2=1 spare=-');
    expect(picture(desirePool(input(members, failing, { busyFor: () => 'edge1' })))).toBe('edge1=- edge2=1 spare=1');
  });

  it('keeps the last server pooled when all are failing, and lists it', () => {
    const decision = then(
      all({ edge1: { status: 'fail' }, spare: { status: 'fail' } }),
      all({ edge1: { status: 'fail' }, edge2: { status: 'fail' }, spare: { status: 'fail' } }),
    );
    expect(picture(decision)).toBe('edge1=- edge2=1 spare=-');
    expect(decision.places.find((p) => p.server === 'edge2')?.reason).toBe('kept although failing');
    expect([...decision.memory.kept]).toEqual(['edge2']);
  });

  it('keeps an overloaded server rather than a failing one', () => {
    const decision = then(
      all({ spare: { status: 'fail' } }),
      all({ edge1: { status: 'overloaded' }, edge2: { status: 'fail' }, spare: { status: 'fail' } }),
    );
    expect(picture(decision)).toBe('edge1=1 edge2=- spare=-');
  });

  it('drains an overloaded member and lets its backup help', () => {
    expect(picture(then(all(), all({ edge1: { status: 'overloaded' } })))).toBe('edge1=0 edge2=1 spare=1');
  });

  it('changes nothing about what was found until it was seen', () => {
    const unseen = all({ edge1: { status: 'untested' }, edge2: { status: 'untested' }, spare: { status: 'untested' } });
    const found = applied(desirePool(input(members, all({ edge1: { status: 'fail' } }))));
    const decision = desirePool(input(members, unseen, { actual: found }));
    expect(picture(decision)).toBe('edge1=- edge2=1 spare=1');
  });

  it('adopts a swap that was made before it started', () => {
    const views = all({ edge1: { okSinceMs: 99_000 } });
    const actual = applied(desirePool(input(members, all({ edge1: { status: 'fail' } }))));
    const memory = adoptPool(input(members, views).rule, new Map(views.map((v) => [v.name, v])), actual);
    expect([...memory.standIns]).toEqual([['edge1', 'spare']]);
    const decision = desirePool(input(members, views, { actual, memory }));
    expect(picture(decision)).toBe('edge1=- edge2=1 spare=1');
    expect(decision.nextMs).toBe(129_000);
  });

  it('adopts a shared backup for each member that is out, and another for one', () => {
    const out = { edge1: { status: 'fail' }, edge2: { status: 'fail' } } as const;
    const unseen = { status: 'untested', okSinceMs: null } as const;
    for (const shared of [true, false]) {
      const actual = applied(desirePool(input(members, all({ ...out, spare: { shared } }))));
      const views = all({ edge1: unseen, edge2: unseen, spare: { ...unseen, shared } });
      const given = input(members, views, { actual });
      const memory = adoptPool(given.rule, given.servers, actual);
      expect([...memory.standIns.keys()]).toEqual(shared ? ['edge1', 'edge2'] : ['edge1']);
      expect(desirePool({ ...given, memory }).entries).toEqual(plain(actual));
    }
  });

  it('keeps waiting behind a stand-in that was found pooled and is not seen again yet', () => {
    const swapped = desirePool(input(members, all({ edge1: { status: 'fail' } })));
    const views = all({ edge1: { okSinceMs: 99_000 }, spare: { status: 'untested', okSinceMs: null } });
    expect(picture(desirePool(input(members, views, { memory: swapped.memory, actual: applied(swapped) })))).toBe(
      'edge1=- edge2=1 spare=1',
    );
  });

  it('fails back after the hold-down and lets the streams on the stand-in finish', () => {
    const swapped = desirePool(input(members, all({ edge1: { status: 'fail' } })));
    const back = input(members, all({ edge1: { okSinceMs: 100_000 } }), {
      memory: swapped.memory,
      actual: applied(swapped, () => 3),
    });
    expect(picture(desirePool({ ...back, nowMs: 129_999 }))).toBe('edge1=- edge2=1 spare=1');
    const returned = desirePool({ ...back, nowMs: 130_000 });
    expect(picture(returned)).toBe('edge1=1 edge2=1 spare=0');
    expect(picture(desirePool({ ...back, nowMs: 130_001, memory: returned.memory, actual: applied(returned) }))).toBe(
      'edge1=1 edge2=1 spare=-',
    );
  });

  it('waits for a hand when failing back is manual, but not behind a stand-in that fails', () => {
    const rule = { ...input(members, []).rule, failBackAfterMs: null };
    const swapped = desirePool(input(members, all({ edge1: { status: 'fail' } }), { rule }));
    const at = { rule, memory: swapped.memory, actual: applied(swapped), nowMs: 9e9 };
    expect(picture(desirePool(input(members, all(), at)))).toBe('edge1=- edge2=1 spare=1');
    expect(picture(desirePool(input(members, all({ edge1: { returnNow: true } }), at)))).toBe(
      'edge1=1 edge2=1 spare=-',
    );
    expect(picture(desirePool(input(members, all({ spare: { status: 'fail' } }), at)))).toBe('edge1=1 edge2=1 spare=-');
  });

  it('drains manually and disables manually', () => {
    expect(picture(then(all(), all({ edge1: { hold: 'drain' } })))).toBe('edge1=0 edge2=1 spare=1');
    expect(picture(then(all(), all({ edge1: { hold: 'disable' } })))).toBe('edge1=- edge2=1 spare=1');
  });

  it('tries the next backup when the stand-in fails', () => {
    const two = [member('edge1', ['spare', 'spare2']), member('edge2', ['spare', 'spare2'])];
    const views = [...all({ edge1: { status: 'fail' } }), server('spare2')];
    const first = desirePool(input(two, views));
    expect(picture(first)).toBe('edge1=- edge2=1 spare=1 spare2=-');
    const worse = [...all({ edge1: { status: 'fail' }, spare: { status: 'fail' } }), server('spare2')];
    expect(picture(desirePool(input(two, worse, { memory: first.memory, actual: applied(first) })))).toBe(
      'edge1=- edge2=1 spare=- spare2=1',
    );
  });
});

/** Random histories of a pool of four with two spares, the table following each decision. */
describe('the laws of a pool over random walks', () => {
  const names = ['edge1', 'edge2', 'edge3', 'edge4', 'spare', 'spare2'];
  const pool = names
    .slice(0, 4)
    .map((name) => member(name, name < 'edge3' ? ['spare', 'spare2'] : ['spare2', 'spare']));
  const event = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        server: fc.constantFrom(...names),
        status: fc.constantFrom('ok', 'ok', 'overloaded', 'fail' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ server: fc.constantFrom(...names), hold: fc.constantFrom('drain', 'disable', null) }),
    },
    { weight: 2, arbitrary: fc.record({ passMs: fc.integer({ min: 1, max: 60_000 }) }) },
    { weight: 1, arbitrary: fc.record({ wipe: fc.constant(true) }) },
    { weight: 1, arbitrary: fc.record({ restart: fc.constant(true) }) },
  );
  const walk = fc.record({
    events: fc.array(event, { maxLength: 50 }),
    minPooled: fc.integer({ min: 0, max: 4 }),
    failBackAfterMs: fc.constantFrom(null, 0, 30_000),
    shared: fc.boolean(),
    conns: fc.integer({ min: 0, max: 2 }),
  });

  it('holds laws 2 to 6 after every step', () => {
    fc.assert(
      fc.property(walk, ({ events, minPooled, failBackAfterMs, shared, conns }) => {
        let nowMs = 0;
        let memory = nothing;
        let actual: PoolInput['actual'];
        const views = new Map(
          names.map((name) => [name, server(name, { status: 'untested', okSinceMs: null, shared })]),
        );
        for (const happened of events) {
          let byOurHand = true;
          if ('passMs' in happened) nowMs += happened.passMs;
          else if ('wipe' in happened) actual = undefined;
          else if ('restart' in happened) {
            for (const [name, view] of views) views.set(name, { ...view, status: 'untested', okSinceMs: null });
            memory = adoptPool({ members: pool, forward: 'dr', minPooled, failBackAfterMs }, views, actual);
          } else if ('hold' in happened) {
            byOurHand = happened.hold === null;
            views.set(happened.server, { ...(views.get(happened.server) as ServerView), hold: happened.hold });
          } else {
            const before = views.get(happened.server) as ServerView;
            const okSinceMs = happened.status === 'ok' ? (before.okSinceMs ?? nowMs) : null;
            views.set(happened.server, { ...before, status: happened.status, okSinceMs });
          }

          const given: PoolInput = {
            rule: { members: pool, forward: 'dr', minPooled, failBackAfterMs },
            servers: views,
            actual,
            memory,
            busyFor: () => null,
            nowMs,
          };
          const decision = desirePool(given);
          const view = (name: string): ServerView => views.get(name) as ServerView;
          const found = (address: string): number => actual?.entries.find((e) => e.address === address)?.weight ?? -1;
          const pooled = decision.places.filter((p) => (p.weight ?? 0) > 0);

          for (const place of decision.places) {
            const { status, hold } = view(place.server);
            const kept = decision.memory.kept.has(place.server);
            if ((place.weight ?? 0) > 0) {
              // Law 5: pooled means enabled and not failing, or listed.
              expect(hold).toBeNull();
              expect(status === 'ok' || status === 'untested' || kept).toBe(true);
              // Law 2: what was not seen is not pooled by us.
              if (status === 'untested') expect(found(place.address)).toBeGreaterThan(0);
            } else if (status === 'untested' && hold === null) {
              // Law 2: what was not seen is not depooled either.
              expect(found(place.address)).toBeLessThanOrEqual(0);
            }
            if (place.reason === 'stands in') expect(['ok', 'untested']).toContain(status);
          }
          // Law 4: one backup stands in for one member.
          const taken = [...decision.memory.standIns.values()];
          if (!shared) expect(new Set(taken).size).toBe(taken.length);
          // Law 3: never below the minimum by our hand.
          const pooledBefore = actual?.entries.filter((e) => e.weight > 0).length ?? 0;
          if (byOurHand) expect(pooled.length).toBeGreaterThanOrEqual(Math.min(minPooled, pooledBefore));
          // Every entry is somebody of the configuration, once.
          expect(new Set(decision.entries.map((e) => e.address)).size).toBe(decision.entries.length);

          // Law 6: decided again on the table it made, with no connections left, it is at rest.
          memory = decision.memory;
          actual = applied(decision, () => conns);
          const again = desirePool({ ...given, actual, memory });
          expect(again.entries).toEqual(decision.entries);
        }
      }),
      { numRuns: 500 },
    );
  });
});
