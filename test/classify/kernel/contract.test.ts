/** The contract on this machine's kernel, in namespaces of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { createIptables } from '../../../src/classify/iptables/iptables.ts';
import { createNftables } from '../../../src/classify/nftables/nftables.ts';
import type { PacketFilter, Warn } from '../../../src/classify/packet-filter.ts';
import type { Exec } from '../../../src/ports.ts';
import { type Failing, packetFilterContract, type Stage, type Tampering } from '../../contract/packet-filter.ts';
import { missingFor, type Namespaces, openNamespaces } from './namespaces.ts';

interface Kind {
  readonly title: string;
  readonly short: string;
  readonly programs: readonly string[];
  readonly open: (exec: Exec, warn?: Warn) => PacketFilter;
  readonly tamper: Readonly<Record<Tampering, string>>;
}

const strange = '-s 203.0.113.9/32 -j ACCEPT';

const kinds: readonly Kind[] = [
  {
    title: 'nftables',
    short: 'n',
    programs: ['nft'],
    open: (exec, warn = () => {}) => createNftables({ exec, warn }),
    tamper: {
      client:
        "nft 'delete element inet understudy clients4_32 { 10.10.7.21 }; add element inet understudy clients4_32 { 10.10.7.21 : 9 }'",
      rule: 'nft insert rule inet understudy prerouting ip saddr 203.0.113.9 accept',
      all: 'nft delete table inet understudy',
    },
  },
  iptables('iptables-nft', 'ipset'),
  iptables('iptables-legacy', 'ipset'),
  iptables('iptables-nft', null),
];

describe.each(kinds)('$title', ({ title, short, programs, open, tamper }) => {
  const missing = missingFor(['nft', ...programs]);
  if (missing !== null) {
    test.skip(`the contract of ${title}: ${missing}`, () => {});
    return;
  }
  let host: Namespaces;
  let folder: string;
  let writes = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'understudy-marks-'));
    host = await openNamespaces(short);
  });
  afterAll(async () => {
    await host?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    host.shell(empty(programs));
    host.shell(others(programs));
  });

  const counting = (which: Failing, from: number): Exec => {
    let write = 0;
    return {
      open: host.exec.open,
      async run(file, args, options) {
        const { input } = options;
        if (input === undefined && args[0] !== 'destroy') return host.exec.run(file, args, options);
        writes += 1;
        write += 1;
        const past = write - 1 - from;
        if (past < 0 || (which === 'once' && past > 0)) return host.exec.run(file, args, options);
        if (which === 'half-way' && past === 0 && input !== undefined) {
          await host.exec.run(file, args, { ...options, input: input.slice(0, input.length / 2) });
        }
        return { exitCode: 1, stdout: '', stderr: 'Error: the kernel is in no mood\n' };
      },
    };
  };
  const foreign: Exec = {
    open: (...given) => host.exec.open(...given),
    async run(file, args, options) {
      const result = await host.exec.run(file, args, options);
      return { ...result, stdout: result.stdout.replaceAll(/meta mark set|--set-xmark/g, 'becomes') };
    },
  };
  const stage: Stage = {
    open: () => open(counting('once', Number.POSITIVE_INFINITY)),
    openFailing: (at, which) => open(counting(which, at)),
    openForeign: (warn) => open(foreign, warn),
    writes: () => writes,
    snapshot: () => snapshot(host, programs),
    tamper: {
      client: () => void host.shell(tamper.client),
      rule: () => void host.shell(tamper.rule),
      all: () => void host.shell(tamper.all),
    },
    runScript({ files, commands }) {
      for (const { name, content } of files) writeFileSync(join(folder, name), content);
      for (const command of commands) host.shell(command, folder);
    },
    markOf: (packet) => host.send(packet),
    ownMarkOf: (packet) => host.sendLocally(packet),
  };
  for (const { name, run } of packetFilterContract) test(name, () => run(stage));
});

function iptables(variant: 'iptables-nft' | 'iptables-legacy', ipset: 'ipset' | null): Kind {
  const set = 'ipset -exist add understudy4 10.10.7.21 skbmark 0x9';
  const rule = `n=$(${variant} -t mangle -S UNDERSTUDY-CLIENTS | grep -n 10.10.7.21 | cut -d: -f1); ${variant} -t mangle -R UNDERSTUDY-CLIENTS $((n - 1)) -s 10.10.7.21 -j MARK --set-mark 9`;
  return {
    title: `${variant} ${ipset === null ? 'without ipset' : 'and ipset'}`,
    short: `${variant.at(9)}${ipset === null ? 'p' : 's'}`,
    programs: [variant, ...(ipset === null ? [] : [ipset])],
    open: (exec, warn = () => {}) => createIptables({ exec, variant, ipset, warn }),
    tamper: {
      client: ipset === null ? rule : set,
      rule: `${variant} -t mangle -I UNDERSTUDY ${strange}`,
      all: `${variant} -t mangle -D PREROUTING -j UNDERSTUDY; ${variant} -t mangle -F UNDERSTUDY`,
    },
  };
}

/** What others have on the host: a table, rules and chains beside ours, and a set. */
function others([program = 'nft', ipset]: readonly string[]): string {
  const hand =
    'nft add table inet hand; nft add chain inet hand input; nft add rule inet hand input tcp dport 22 accept';
  if (program === 'nft') return hand;
  const rules = [program, program.replace('ip', 'ip6')].flatMap((one) => [
    `${one} -t mangle -N HAND`,
    `${one} -t mangle -A HAND -p tcp --dport 22 -j RETURN`,
    `${one} -t mangle -A PREROUTING -p udp --dport 53 -j HAND`,
    `${one} -t mangle -A OUTPUT -p udp --dport 53 -j HAND`,
  ]);
  const sets = ipset === undefined ? [] : ['ipset create hand hash:ip', 'ipset add hand 192.0.2.7'];
  return [...rules, ...sets, hand].join('; ');
}

function empty(programs: readonly string[]): string {
  const legacy = ['iptables-legacy', 'ip6tables-legacy'].flatMap((one) => [
    `${one} -t mangle -F`,
    `${one} -t mangle -X`,
  ]);
  const sets = 'for try in 1 2 3 4 5 6 7 8 9; do ipset destroy 2>/dev/null && break; done';
  return [
    'nft flush ruleset',
    ...(programs.includes('iptables-legacy') ? legacy : []),
    ...(programs.includes('ipset') ? [sets] : []),
  ].join('; ');
}

function snapshot(host: Namespaces, programs: readonly string[]): string {
  const legacy = 'iptables-legacy-save -t mangle; ip6tables-legacy-save -t mangle';
  const commands = [
    ...(programs.includes('iptables-legacy') ? [legacy] : ['nft -s list ruleset']),
    ...(programs.includes('ipset') ? ['ipset save'] : []),
  ];
  return host
    .shell(commands.join('; '))
    .replace(/^#.*\n/gm, '')
    .replace(/ \[\d+:\d+\]$/gm, '')
    .replace(/counter packets \d+ bytes \d+/g, 'counter');
}
