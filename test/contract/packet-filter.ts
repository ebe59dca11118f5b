/** What every packet filter keeps, as cases without a test runner, so that a lab's kernel can be asked too. */
import assert from 'node:assert/strict';
import { type Difference, type PacketFilter, PacketFilterError, type Warn } from '../../src/classify/packet-filter.ts';
import {
  type ClientMark,
  type ClientOverride,
  type Marking,
  type Network,
  overrideClients,
  type PacketGroup,
  type VipPath,
} from '../../src/core/marks.ts';
import type { Protocol } from '../../src/core/table.ts';

/** A host with rules of others on it and none of ours. */
export interface Stage {
  /** A packet filter on the host; several may be open at once. */
  open(): PacketFilter;
  /**
   * One whose programs fail: of those that change something, the one of this number (from 0), or it and all after;
   * `half-way`: after it has read half of its input.
   */
  openFailing(at: number, which: Failing): PacketFilter;
  /** One whose programs list what they took in words that nobody knows. */
  openForeign(warn: Warn): PacketFilter;
  /** How often programs that change something were run so far, by all of them. */
  writes(): number;
  /** Everything there is, ours and others', without counters. */
  snapshot(): string;
  /** Another hand on what is ours. */
  readonly tamper: Readonly<Record<Tampering, () => void>>;
  /** Runs a script as a person would. */
  runScript(script: ReturnType<PacketFilter['script']>): void;
  /** The mark with which a viewer's packet arrives at the director: 0 for none. */
  markOf(packet: Packet): Promise<number | string>;
  /** The same for the director's own. */
  ownMarkOf(packet: Packet): Promise<number | string>;
}

/** `client`: 10.10.7.21 has mark 9. `rule`: a rule that is not ours. `all`: everything is gone. */
export type Tampering = 'client' | 'rule' | 'all';

export type Failing = 'once' | 'from then on' | 'half-way';

export interface Packet {
  readonly protocol: Protocol;
  readonly from: string;
  readonly sourcePort?: number;
  readonly to: string;
  readonly port: number;
}

export interface PacketFilterCase {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<void>;
}

const vip = '10.10.3.30';
const otherVip = '10.10.3.31';
const vip6 = '2001:db8::3:30';
const [known, listed, other, stranger] = ['10.10.7.21', '10.10.7.40', '10.10.8.1', '10.11.0.9'] as const;
const [known6, other6] = ['2001:db8::7:21', '2001:db8::8:1'] as const;

const byClient: PacketGroup = {
  interface: null,
  vips: [vip],
  tcp: ranges(1935, 8080),
  udp: [{ first: 6950, last: 7150 }],
  byClient: true,
  mark: 1,
};
const viewers: readonly ClientMark[] = [
  client([10, 10, 0, 0], 16, 3),
  client([10, 10, 7, 0], 24, 2),
  client([10, 10, 7, 21], 32, 5),
  client([10, 10, 7, 40], 32, 0xfffffff0),
];
const usual: Marking = { groups: [byClient], clients: viewers, paths: [] };
const dual: Marking = {
  groups: [{ ...byClient, vips: [vip, vip6] }],
  clients: [...viewers, client6('2001:db8::7:0', 112, 6), client6(known6, 128, 7)],
  paths: [path('edge1', 40_001, 0x7f00_0001), path('edge2', 40_002, 0x7f00_0002)],
};
const nothing: Marking = { groups: [], clients: [], paths: [] };

export const packetFilterContract: readonly PacketFilterCase[] = [
  {
    name: 'gives each client the mark of its longest network, and the others the default',
    async run(stage) {
      await stage.open().apply(usual);
      for (const [from, mark] of [
        [known, 5],
        [listed, 0xfffffff0],
        [other, 3],
        [stranger, 1],
      ] as const) {
        assert.equal(await stage.markOf(tcp(from)), mark, from);
        assert.equal(await stage.markOf({ ...tcp(from), protocol: 'udp', port: 7000 }), mark, `udp ${from}`);
      }
    },
  },
  {
    name: 'leaves other ports, other addresses and the other protocol unmarked, to the edges of each range',
    async run(stage) {
      await stage.open().apply(usual);
      const marked: number[] = [];
      for (const port of [1934, 1935, 1936, 8080])
        if ((await stage.markOf({ ...tcp(known), port })) !== 0) marked.push(port);
      for (const port of [6949, 6950, 7150, 7151]) {
        if ((await stage.markOf({ ...tcp(known), protocol: 'udp', port })) !== 0) marked.push(port);
      }
      assert.deepEqual(marked, [1935, 8080, 6950, 7150]);
      assert.equal(await stage.markOf({ ...tcp(known), to: otherVip }), 0);
      assert.equal(await stage.markOf({ ...tcp(known), protocol: 'udp' }), 0);
      assert.equal(await stage.markOf({ ...tcp(known), port: 7000 }), 0);
    },
  },
  {
    name: 'leaves a client that is not listed unmarked where there is no default',
    async run(stage) {
      await stage.open().apply({ ...usual, groups: [{ ...byClient, mark: null }] });
      assert.equal(await stage.markOf(tcp(known)), 5);
      assert.equal(await stage.markOf(tcp(stranger)), 0);
    },
  },
  {
    name: 'takes a network of everybody for the default of its family',
    async run(stage) {
      const marking = { ...usual, clients: [...viewers, client([0, 0, 0, 0], 0, 8)] };
      await stage.open().apply(marking);
      assert.equal(await stage.markOf(tcp(stranger)), 8);
      assert.equal(await stage.markOf(tcp(known)), 5);
      assert.deepEqual(await stage.open().differences(marking), []);
    },
  },
  {
    name: 'marks IPv6 as well',
    async run(stage) {
      await stage.open().apply(dual);
      const packet = { protocol: 'tcp', to: vip6, port: 1935 } as const;
      assert.equal(await stage.markOf({ ...packet, from: known6 }), 7);
      assert.equal(await stage.markOf({ ...packet, from: other6 }), 1);
      assert.equal(await stage.markOf({ ...packet, from: other6, port: 1936 }), 0);
      assert.equal(await stage.markOf({ ...packet, from: known6, protocol: 'udp', port: 6950 }), 7);
      assert.deepEqual(await stage.open().differences(dual), []);
    },
  },
  {
    name: 'marks what comes in at its interface only',
    async run(stage) {
      const filter = stage.open();
      await filter.apply({ ...usual, groups: [{ ...byClient, interface: 'eth0' }] });
      assert.equal(await stage.markOf(tcp(known)), 5);
      await filter.apply({ ...usual, groups: [{ ...byClient, interface: 'eth9' }] });
      assert.equal(await stage.markOf(tcp(known)), 0);
    },
  },
  {
    name: 'keeps several groups apart, with more ports than one rule takes',
    async run(stage) {
      const many = Array.from({ length: 40 }, (_, at) => ({ first: 2000 + at * 3, last: 2000 + at * 3 + (at % 2) }));
      const marking: Marking = {
        groups: [
          plain([vip], { tcp: [...many, ...ranges(1935, 1936)], mark: 4 }),
          plain([vip], { udp: ranges(7000), mark: 0xffff_ffff }),
          plain([otherVip], { tcp: ranges(1935), udp: ranges(7000), mark: 6 }),
        ],
        clients: [],
        paths: [],
      };
      await stage.open().apply(marking);
      assert.equal(await stage.markOf(tcp(known)), 4);
      assert.equal(await stage.markOf({ ...tcp(known), protocol: 'udp', port: 7000 }), 0xffff_ffff);
      assert.equal(await stage.markOf({ ...tcp(known), to: otherVip }), 6);
      assert.equal(await stage.markOf({ ...tcp(known), to: otherVip, protocol: 'udp', port: 7000 }), 6);
      const turned = { ...marking, groups: marking.groups.toReversed() };
      assert.deepEqual(await stage.open().differences(turned), []);
    },
  },
  {
    name: 'marks our own connections by their source port',
    async run(stage) {
      const marking = { ...nothing, paths: dual.paths };
      await stage.open().apply(marking);
      const packet = { ...tcp(vip), sourcePort: 40_001 };
      assert.equal(await stage.ownMarkOf(packet), 0x7f00_0001);
      assert.equal(await stage.ownMarkOf({ ...packet, sourcePort: 40_002 }), 0x7f00_0002);
      assert.equal(await stage.ownMarkOf({ ...packet, sourcePort: 40_003 }), 0);
      assert.equal(await stage.ownMarkOf({ ...packet, port: 8080 }), 0);
      assert.deepEqual(await stage.open().differences(marking), []);
    },
  },
  {
    name: 'sends nothing for what is there already, also when another one looks',
    async run(stage) {
      const filter = stage.open();
      await filter.apply(dual);
      const after = stage.writes();
      assert.ok(after > 0);
      await filter.apply(dual);
      await stage.open().apply(structuredClone(dual));
      assert.equal(stage.writes(), after);
      assert.deepEqual(await filter.differences(dual), []);
    },
  },
  {
    name: 'sets, moves and unsets single clients while others stay as they are',
    async run(stage) {
      const filter = stage.open();
      await filter.apply(usual);
      const steps: readonly (readonly [ClientOverride, string, number])[] = [
        [override([10, 11, 0, 9], 32, 9), stranger, 9],
        [override([10, 11, 0, 9], 32, 10), stranger, 10],
        [override([10, 11, 0, 9], 32, null), stranger, 1],
        [override([10, 11, 0, 0], 20, 11), stranger, 11],
        [override([10, 11, 0, 0], 20, null), stranger, 1],
        [override([10, 10, 7, 21], 32, null), known, 2],
        [override([10, 10, 7, 0], 24, null), known, 3],
      ];
      let overrides: readonly ClientOverride[] = [];
      for (const [step, from, mark] of steps) {
        overrides = [...overrides, step];
        const marking = { ...usual, clients: overrideClients(viewers, overrides) };
        await filter.change([step], marking);
        assert.equal(await stage.markOf(tcp(from)), mark, `${step.network.text} ${step.mark}`);
        assert.deepEqual(await filter.differences(marking), []);
        assert.deepEqual(await stage.open().differences(marking), []);
      }
    },
  },
  {
    name: 'makes a change although nothing is known, and leaves nothing of another hand unseen',
    async run(stage) {
      await stage.open().apply(usual);
      const step = override([10, 11, 0, 9], 32, 9);
      const marking = { ...usual, clients: overrideClients(viewers, [step]) };
      const fresh = stage.open();
      await fresh.change([step], marking);
      assert.equal(await stage.markOf(tcp(stranger)), 9);
      stage.tamper.all();
      await fresh.change([{ ...step, mark: null }], usual);
      assert.deepEqual(await fresh.differences(usual), await stage.open().differences(usual));
      await fresh.apply(usual);
      assert.equal(await stage.markOf(tcp(stranger)), 1);
      assert.deepEqual(await fresh.differences(usual), []);
    },
  },
  {
    name: 'says how the kernel differs, and mends it',
    async run(stage) {
      const filter = stage.open();
      assert.deepEqual(lines(await filter.differences(usual)), [
        '+ 10.10.3.30 tcp 1935,8080 udp 6950-7150: mark by client, else 1',
        '+ client 10.10.0.0/16: mark 3',
        '+ client 10.10.7.0/24: mark 2',
        '+ client 10.10.7.21: mark 5',
        '+ client 10.10.7.40: mark 4294967280',
      ]);
      await filter.apply(usual);
      for (const tampering of ['client', 'rule', 'all'] as const) {
        stage.tamper[tampering]();
        const seen = lines(await filter.differences(usual));
        assert.notDeepEqual(seen, [], tampering);
        if (tampering === 'client') assert.deepEqual(seen, ['~ client 10.10.7.21: mark 5 instead of 9']);
        if (tampering === 'rule') assert.match(seen.join('\n'), /^- rule in chain \S+: `.*203\.0\.113\.9.*`$/);
        assert.deepEqual(lines(await stage.open().differences(usual)), seen);
        await filter.apply(usual);
        assert.deepEqual(await filter.differences(usual), []);
        assert.equal(await stage.markOf(tcp(known)), 5);
      }
    },
  },
  {
    name: 'says what of the groups and ways differs in the words of the configuration',
    async run(stage) {
      const filter = stage.open();
      await filter.apply(dual);
      const wanted: Marking = {
        groups: [
          { ...byClient, vips: [vip, vip6], tcp: ranges(1935), mark: 2 },
          plain([otherVip], { tcp: ranges(80), mark: 4 }),
        ],
        clients: dual.clients.filter(({ network }) => network.family === 4),
        paths: [path('edge1', 40_001, 0x7f00_0003), path('edge3', 40_004, 0x7f00_0004)],
      };
      assert.deepEqual(
        lines(await filter.differences(wanted)),
        [
          '+ 10.10.3.31 tcp 80: mark 4',
          '~ 10.10.3.30,2001:db8::3:30 tcp 1935 udp 6950-7150: mark by client, else 2 instead of mark by client, else 1',
          '- 10.10.3.30,2001:db8::3:30 tcp 8080: mark by client, else 1',
          '~ path 10.10.3.30:1935 through edge1: mark 2130706435 instead of 2130706433',
          '+ path 10.10.3.30:1935 through edge3: mark 2130706436',
          '- path 10.10.3.30:1935 from port 40002: mark 2130706434',
          '- client 2001:db8::7:21: mark 7',
          '- client 2001:db8::7:0/112: mark 6',
        ].sort(byLine(lines(await filter.differences(wanted)))),
      );
    },
  },
  {
    name: 'shows twenty differences and counts the rest',
    async run(stage) {
      const filter = stage.open();
      await filter.apply(usual);
      const more = Array.from({ length: 50 }, (_, at) => client([10, 12, 0, at], 32, 3));
      const seen = lines(await filter.differences({ ...usual, clients: [...viewers, ...more] }));
      assert.equal(seen.length, 21);
      assert.equal(seen.at(-1), '~ and 30 more');
    },
  },
  {
    name: 'leaves all that is not ours byte for byte, and takes away all that is',
    async run(stage) {
      const before = stage.snapshot();
      const filter = stage.open();
      await filter.apply(dual);
      await filter.change([override([10, 11, 0, 9], 32, 9)], {
        ...dual,
        clients: overrideClients(dual.clients, [override([10, 11, 0, 9], 32, 9)]),
      });
      await filter.apply(usual);
      assert.notEqual(stage.snapshot(), before);
      assert.notDeepEqual(await filter.others(), []);
      const took = await filter.clear();
      assert.match(took.join('\n'), /understudy/i);
      assert.equal(stage.snapshot(), before);
      assert.deepEqual(await filter.clear(), []);
    },
  },
  {
    name: 'takes everything away when there is nothing to mark',
    async run(stage) {
      const before = stage.snapshot();
      const filter = stage.open();
      await filter.apply(dual);
      assert.notDeepEqual(await filter.differences(nothing), []);
      await filter.apply(nothing);
      assert.equal(stage.snapshot(), before);
      assert.deepEqual(await filter.differences(nothing), []);
    },
  },
  {
    name: 'writes a script that does the same by hand, and twice',
    async run(stage) {
      const script = stage.open().script(dual);
      stage.runScript(script);
      stage.runScript(script);
      assert.deepEqual(await stage.open().differences(dual), []);
      assert.equal(await stage.markOf(tcp(known)), 5);
    },
  },
  {
    name: 'takes rules that are listed in unknown words, says so once, and mends them after another hand all the same',
    async run(stage) {
      const before = stage.snapshot();
      const warnings: string[] = [];
      const filter = stage.openForeign((text) => warnings.push(text));
      await filter.apply(usual);
      assert.equal(await stage.markOf(tcp(known)), 5);
      const step = override([10, 11, 0, 9], 32, 9);
      await filter.change([step], { ...usual, clients: overrideClients(viewers, [step]) });
      assert.equal(await stage.markOf(tcp(stranger)), 9);
      await filter.change([{ ...step, mark: null }], usual);
      for (const tampering of ['client', 'rule', 'all'] as const) {
        assert.deepEqual(await filter.differences(usual), [], tampering);
        stage.tamper[tampering]();
        assert.notDeepEqual(await filter.differences(usual), [], tampering);
        await filter.apply(usual);
        assert.equal(await stage.markOf(tcp(known)), 5);
      }
      assert.deepEqual(await stage.open().differences(usual), []);
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0] ?? '',
        /^(nftables|iptables) accepted the rules, but lists them in its own form: [^\n]+[^.\n]$/,
      );
      await filter.clear();
      assert.equal(stage.snapshot(), before);
    },
  },
  {
    name: 'puts back what was there when it is refused at any step',
    async run(stage) {
      const changed = {
        ...dual,
        groups: [{ ...byClient, vips: [vip, vip6], mark: 12 }],
        clients: dual.clients.slice(1),
      };
      await stage.open().apply(dual);
      const before = stage.snapshot();
      let refusals = 0;
      for (let at = 0; at < 20; at += 1) {
        const error = await stage
          .openFailing(at, 'once')
          .apply(changed)
          .then(
            () => null,
            (reason: unknown) => reason,
          );
        if (error === null) break;
        refusals += 1;
        assert.ok(error instanceof PacketFilterError, String(error));
        assert.doesNotMatch(error.message, /\n|\.$/);
        assert.equal(stage.snapshot(), before, `refused at ${at}`);
      }
      assert.ok(refusals > 0 && refusals < 20);
      assert.deepEqual(await stage.open().differences(changed), []);
    },
  },
  {
    name: 'ends right when an apply that was ended at any step, or within one, is repeated',
    async run(stage) {
      const clean = stage.snapshot();
      for (const which of ['from then on', 'half-way'] as const) {
        for (let at = 0; ; at += 1) {
          assert.ok(at < 20, 'an apply never came to its end');
          await stage.open().apply(usual);
          const ended = await stage
            .openFailing(at, which)
            .apply(dual)
            .then(
              () => false,
              () => true,
            );
          await stage.open().apply(dual);
          assert.deepEqual(await stage.open().differences(dual), [], `ended ${which} at ${at}`);
          assert.equal(await stage.markOf(tcp(known)), 5);
          await stage.open().clear();
          assert.equal(stage.snapshot(), clean, `left behind ${which} after ${at}`);
          if (!ended) break;
        }
      }
    },
  },
  {
    name: 'refuses what no kernel would take, in one line, and changes nothing',
    async run(stage) {
      const filter = stage.open();
      await filter.apply(usual);
      const before = stage.snapshot();
      const wrong: readonly (readonly [Marking, RegExp])[] = [
        [{ ...usual, groups: [{ ...byClient, vips: ['edge1'] }] }, /expected an IP address, got `edge1`/],
        [{ ...usual, groups: [{ ...byClient, interface: 'eth0" drop' }] }, /expected an interface, got `eth0" drop`/],
        [
          { ...usual, groups: [{ ...byClient, tcp: ranges(70_000) }] },
          /expected ports of 1 to 65535, got `70000-70000`/,
        ],
        [{ ...usual, groups: [{ ...byClient, mark: 0 }] }, /expected a mark of 1 to 4294967295, got `0`/],
        [{ ...usual, clients: [client([10, 0, 0, 1], 32, 2 ** 32)] }, /client 10\.0\.0\.1: expected a mark/],
        [
          { ...usual, clients: [{ network: { family: 4, bytes: [], prefix: 32, text: '1 } ; flush' }, mark: 1 }] },
          /expected an IP address or a network, got `1 } ; flush`/,
        ],
        [{ ...usual, paths: [{ ...path('edge1', 0, 1) }] }, /path through edge1: expected a port/],
      ];
      for (const [marking, message] of wrong) {
        await assert.rejects(
          filter.apply(marking),
          (error) => error instanceof PacketFilterError && message.test(error.message),
        );
        assert.throws(() => filter.script(marking), PacketFilterError);
      }
      const bad: ClientOverride = { network: { family: 4, bytes: [], prefix: 32, text: 'x' }, mark: 1 };
      await assert.rejects(filter.change([bad], usual), PacketFilterError);
      assert.equal(stage.snapshot(), before);
    },
  },
  {
    name: 'does one thing after the other, however they are asked for',
    async run(stage) {
      const filter = stage.open();
      const step = override([10, 11, 0, 9], 32, 9);
      const changed = { ...usual, clients: overrideClients(viewers, [step]) };
      await Promise.all([
        filter.apply(dual),
        filter.apply(usual),
        filter.change([step], changed),
        filter.differences(usual),
      ]);
      assert.deepEqual(await filter.differences(changed), []);
    },
  },
];

function tcp(from: string): Packet {
  return { protocol: 'tcp', from, to: vip, port: 1935 };
}

function plain(vips: readonly string[], part: Partial<PacketGroup>): PacketGroup {
  return { interface: null, vips, tcp: [], udp: [], byClient: false, mark: null, ...part };
}

function ranges(...ports: readonly number[]): PacketGroup['tcp'] {
  return ports.map((port) => ({ first: port, last: port }));
}

function client(bytes: readonly number[], prefix: number, mark: number): ClientMark {
  return { network: network(bytes, prefix), mark };
}

function override(bytes: readonly number[], prefix: number, mark: number | null): ClientOverride {
  return { network: network(bytes, prefix), mark };
}

function network(bytes: readonly number[], prefix: number): Network {
  return { family: 4, bytes, prefix, text: `${bytes.join('.')}${prefix === 32 ? '' : `/${prefix}`}` };
}

function client6(address: string, prefix: number, mark: number): ClientMark {
  return { network: { family: 6, bytes: [], prefix, text: `${address}${prefix === 128 ? '' : `/${prefix}`}` }, mark };
}

function path(server: string, sourcePort: number, mark: number): VipPath {
  return { server, address: '10.10.3.20', vip, port: 1935, sourcePort, mark, forward: 'dr' };
}

function lines(differences: readonly Difference[]): string[] {
  return differences.map(({ sign, text }) => `${sign} ${text}`);
}

/** In the order of the other list: which client comes first is each kernel's own. */
function byLine(order: readonly string[]): (a: string, b: string) => number {
  return (a, b) => order.indexOf(a) - order.indexOf(b);
}
