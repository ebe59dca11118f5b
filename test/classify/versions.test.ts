/** What other versions of nft, iptables and ipset list of the same rules: recorded/ has their own words. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createIptables } from '../../src/classify/iptables/iptables.ts';
import { createNftables } from '../../src/classify/nftables/nftables.ts';
import type { PacketFilter } from '../../src/classify/packet-filter.ts';
import type { Exec, ExecResult } from '../../src/ports.ts';
import { answering, client, recordedMarking } from './fixtures.ts';

const folder = join(import.meta.dirname, 'recorded');
const recorded = (name: string): string => readFileSync(join(folder, name), 'utf8');
const files = (start: string): string[] => readdirSync(folder).filter((name) => name.startsWith(start));
const moved = { ...recordedMarking, clients: [...recordedMarking.clients, client('10.0.0.12', 6)] };

/** ipset before 7.10 named neither. */
const oldSets = recorded('ipset-7.10.txt').replaceAll(/ bucketsize \d+ initval 0x[0-9a-f]+/g, '');

describe('nft', () => {
  it.each(files('nft-'))('is understood in all that it lists: %s', async (name) => {
    const filter = nftables(answering({ nft: { stdout: recorded(name) } }));
    expect(await filter.differences(recordedMarking)).toEqual([]);
    expect(await filter.differences(moved)).toEqual([{ sign: '+', text: 'client 10.0.0.12: mark 6' }]);
  });

  it('is understood where it numbers priorities, and names what the next words imply', async () => {
    const stdout = recorded('nft-1.0.6.txt')
      .replaceAll('priority mangle', 'priority -150')
      .replaceAll(/\bip([46]?) daddr @(\S+) (tcp|udp)/g, (_, family, set, protocol) => {
        const version = family === '' ? '4' : family;
        return `meta nfproto ipv${version} ip${family} daddr @${set} meta l4proto ${protocol} ${protocol}`;
      });
    expect(await nftables(answering({ nft: { stdout } })).differences(recordedMarking)).toEqual([]);
  });

  it('is given its rules by a pipe where it opens its input by name', async () => {
    const inputs: string[] = [];
    const stderr = 'internal:0:0-0: Error: Could not open file "/dev/stdin": No such device or address\n';
    const exec = answering({
      'nft -f -': { exitCode: 1, stderr },
      'sh -c cat | "$0" "$@" nft -f -': {},
      nft: { stdout: recorded('nft-0.9.8.txt') },
    });
    const run: Exec['run'] = (file, args, options) => {
      if (options.input !== undefined) inputs.push(options.input);
      return exec.run(file, args, options);
    };
    const filter = nftables({ ...exec, run });
    await filter.apply(recordedMarking);
    await filter.clear();
    expect(exec.calls).toContain('sh -c cat | "$0" "$@" nft -f -');
    expect(new Set(inputs)).toEqual(new Set(['table inet understudy\ndelete table inet understudy\n']));
  });
});

describe('iptables and ipset', () => {
  const sets = new Map([...files('ipset-').map((name) => [name, recorded(name)] as const), ['ipset-6.x', oldSets]]);

  it.each(files('iptables-'))('are understood in all that they list: %s', async (name) => {
    for (const [of, saved] of sets) {
      const filter = createIptables({ exec: answering(iptablesAnswers(recorded(name), saved)) });
      expect(await filter.differences(recordedMarking), of).toEqual([]);
      expect(await filter.differences(moved)).toEqual([{ sign: '+', text: 'client 10.0.0.12: mark 6' }]);
      expect(await filter.others()).toEqual([
        'iptables: 2 rules of others in mangle',
        'ip6tables: 2 rules of others in mangle',
      ]);
    }
  });

  it('do not take the comment of a rule for a way into our chains', async () => {
    const exec = answering({
      ...iptablesAnswers(recorded('iptables-1.8.9-nft.txt'), oldSets),
      'iptables-restore': {},
      'ip6tables-restore': {},
      ipset: {},
    });
    const took = await createIptables({ exec }).clear();
    expect(took[0]).toBe('iptables: chain UNDERSTUDY in mangle');
  });
});

describe('a listing in words of which nobody knows', () => {
  it('is no failure, and is said once', async () => {
    const { filter, warnings } = foreign((text) => text.replaceAll('meta mark set', 'mark becomes'));
    await filter.apply(recordedMarking);
    await filter.apply(moved);
    await filter.change([client('10.0.0.12', 9)], recordedMarking);
    expect(await filter.differences(recordedMarking)).toEqual([]);
    expect(warnings).toEqual([
      'nftables accepted the rules, but lists them in its own form: expected rules in a known form, got `+ 10.10.3.30,2001:db8::30 tcp 1935,8080 udp 6950-7150 on eth0: mark by client, else 1` and 10 more; the rules are trusted as listed, and any later change of that text counts as an external change',
    ]);
  });

  it.each([
    ['a statement of a chain', '{\n\t\ttype filter', '{\n\t\tflags offload\n\t\ttype filter'],
    ['a statement of a set', '\ttype ipv4_addr', '\tsize 65535\n\t\ttype ipv4_addr'],
    ['another word for a hook', 'priority mangle', 'priority early'],
    ['the table itself with more to it', 'inet understudy {', 'inet understudy { # handle 7\n\tflags owner'],
    ['an element', '10.0.0.9 :', '10.0.0.9 expires never :'],
    ['a kind of thing of its own', '\tchain clients', '\tledger all {\n\t\tkept\n\t}\n\n\tchain clients'],
  ])('may be so in one place only: %s', async (_, from, to) => {
    const { filter, warnings } = foreign((text) => text.replaceAll(from, to));
    await filter.apply(recordedMarking);
    expect(await filter.differences(recordedMarking)).toEqual([]);
    expect(warnings).toHaveLength(1);
  });

  it.each([
    [
      'in words that are known',
      (text: string) => text.replace('chain output {', 'chain output {\n\t\tdrop'),
      [{ sign: '-', text: 'rule in chain output: `drop`' }],
    ],
    [
      'in words that are not',
      (text: string) => text.replace(/\n.* goto clients\n/, '\n'),
      [{ sign: '~', text: 'rules in an unknown form: listed differently than when they were made' }],
    ],
    [
      'by taking all away',
      () => '',
      [
        { sign: '+', text: 'path 10.10.3.30:1935 through edge1: mark 2130706433' },
        { sign: '+', text: '6 clients' },
      ],
    ],
  ])('is looked at for changes by another hand: %s', async (_, edit, found) => {
    const { filter, hand, warnings } = foreign((text) => text.replaceAll('meta mark set 0x', 'mark becomes 0x'));
    await filter.apply(recordedMarking);
    hand(edit);
    expect(await filter.differences(recordedMarking)).toEqual(found);
    await filter.apply(recordedMarking);
    expect(await filter.differences(recordedMarking)).toEqual([]);
    expect(warnings).toHaveLength(1);
  });

  it('is taken away like any other', async () => {
    const { filter, hand } = foreign((text) => text.replaceAll('meta mark set', 'mark becomes'));
    await filter.apply(recordedMarking);
    expect(await filter.clear()).toEqual(['nftables: table inet understudy']);
    hand((text) => {
      expect(text).toBe('');
      return text;
    });
  });

  it('is a failure still where something of ours is not in it at all', async () => {
    const { filter, warnings } = foreign((text) =>
      text.replaceAll('meta mark set', 'mark becomes').replace(/\tchain output \{[^}]*\}\n/, ''),
    );
    await expect(filter.apply(recordedMarking)).rejects.toMatchObject({ kind: 'unread' });
    expect(warnings).toEqual([]);
  });

  it('is no failure of iptables either, but a jump that is gone is', async () => {
    for (const [jump, isFine] of [
      ['', true],
      ['-A PREROUTING -j UNDERSTUDY\n', false],
    ] as const) {
      const made = recorded('iptables-1.8.9-nft.txt').replaceAll('--set-xmark', '--mark-becomes').replace(jump, '');
      const quiet = { 'iptables-restore': {}, 'ip6tables-restore': {}, ipset: {} };
      const before = answering({ ...quiet, 'iptables-save': {}, 'ip6tables-save': {} });
      const after = answering({ ...quiet, ...iptablesAnswers(made, oldSets) });
      let restored = false;
      const exec: Exec = {
        ...before,
        run(file, args, options) {
          restored ||= file.endsWith('-restore');
          return (restored ? after : before).run(file, args, options);
        },
      };
      const warnings: string[] = [];
      const filter = createIptables({ exec, warn: (text) => warnings.push(text) });
      const applied = expect(filter.apply(recordedMarking));
      if (isFine) await applied.resolves.toBeUndefined();
      else await applied.rejects.toMatchObject({ kind: 'unread' });
      expect(warnings).toHaveLength(isFine ? 1 : 0);
    }
  });
});

function nftables(exec: Exec): PacketFilter {
  return createNftables({ exec });
}

function iptablesAnswers(saved: string, sets: string): Readonly<Record<string, Partial<ExecResult>>> {
  const at = saved.indexOf('# Generated by ip6tables');
  const at6 = sets.indexOf('create understudy6');
  return {
    'iptables-save': { stdout: saved.slice(0, at) },
    'ip6tables-save': { stdout: saved.slice(at) },
    'ipset list -n': { stdout: 'understudy4\nunderstudy6\n' },
    'ipset save understudy4': { stdout: sets.slice(0, at6) },
    'ipset save understudy6': { stdout: sets.slice(at6) },
  };
}

/** An nft that keeps the table, and lists it in the words of `spell`. */
function foreign(spell: (text: string) => string) {
  let table = '';
  const warnings: string[] = [];
  const missing = { exitCode: 1, stdout: '', stderr: 'Error: No such file or directory; did you mean table ...?\n' };
  const exec: Exec = {
    ...answering({}),
    async run(_, __, { input }) {
      if (input === undefined) return table === '' ? missing : { exitCode: 0, stdout: spell(table), stderr: '' };
      // After the two lines that take away what was there.
      table = listedBy(input.split('\n').slice(2).join('\n'));
      return { exitCode: 0, stdout: '', stderr: '' };
    },
  };
  const filter = createNftables({ exec, warn: (text) => warnings.push(text) });
  return {
    filter,
    warnings,
    hand(edit: (text: string) => string): void {
      table = edit(table);
    },
  };
}

function listedBy(sent: string): string {
  return sent.replaceAll('  ', '\t');
}
