/** Marks packets with iptables: our own chains in the table mangle, and clients in an ipset if there is one. */
import type { Marking } from '../../core/marks.ts';
import type { Exec } from '../../ports.ts';
import { createKernelFilter, type Kernel } from '../kernel-filter.ts';
import { type PacketFilter, PacketFilterError, type Warn } from '../packet-filter.ts';
import { usedClients } from '../reading.ts';
import { createRun, type Run } from '../run.ts';
import { atOnce, inSlices } from '../slices.ts';
import { moveState } from './move.ts';
import { countOthers, ownLines } from './parse-save.ts';
import type { FamilyPrograms, Programs } from './programs.ts';
import { iptablesScript } from './script.ts';
import { editText } from './sets.ts';
import { compareState, nothing, parseState, planState, setNames, stateText } from './state.ts';

export interface IptablesOptions {
  readonly exec: Exec;
  /** `iptables` as installed on the host, or one of its two variants by name. */
  readonly variant?: IptablesVariant;
  /** Name or path of ipset; null: not installed, and each client is a rule. */
  readonly ipset?: string | null;
  readonly warn?: Warn;
}

export type IptablesVariant = 'iptables' | 'iptables-nft' | 'iptables-legacy';

/** Rules are evaluated for every packet, so they are limited. */
const mostClientRules = 512;

export function createIptables(options: IptablesOptions): PacketFilter {
  const { exec, variant = 'iptables', ipset = 'ipset', warn } = options;
  const run = createRun(exec);
  const programs: Programs = { 4: familyPrograms(variant), 6: familyPrograms(`ip6${variant.slice(2)}`), ipset };
  const withSets = ipset !== null;
  const plan = (marking: Marking) => {
    const count = usedClients(marking).length;
    if (withSets || count <= mostClientRules) return planState(marking, withSets);
    const wanted = `expected at most ${mostClientRules} clients without ipset, got \`${count}\``;
    throw new PacketFilterError('refused', `${wanted}; install the package ipset, or nftables`);
  };

  const kernel: Kernel = {
    kind: 'iptables',
    async read() {
      const [save4, save6, sets] = await Promise.all([
        saved(run, programs[4]),
        savedIpv6(run, programs[6]),
        ipset === null ? new Map<string, string>() : savedSets(run, ipset),
      ]);
      return stateText({ 4: ownLines(save4), 6: ownLines(save6) }, sets);
    },
    compare: (text, marking) => compareState(text, marking, withSets),
    async load(text, marking) {
      const wanted = await inSlices(plan(marking));
      await moveState(run, programs, await inSlices(parseState(text)), wanted);
    },
    async putBack(now, before) {
      await moveState(run, programs, await inSlices(parseState(now)), await inSlices(parseState(before)));
    },
    async amend(edits) {
      if (ipset === null) return false;
      try {
        await run(ipset, ['-exist', 'restore'], editText(edits));
        return true;
      } catch (error) {
        // The set is full or was changed externally: a full apply repairs it or reports why not.
        if (error instanceof PacketFilterError && error.kind === 'refused') return false;
        throw error;
      }
    },
    script: (marking) => iptablesScript(atOnce(plan(marking)), programs),
    async clear(text) {
      const state = await inSlices(parseState(text));
      await moveState(run, programs, state, nothing);
      const chains = ([4, 6] as const).flatMap((family) =>
        [...state.chains[family].chains.keys()].map((name) => `${programs[family].plain}: chain ${name} in mangle`),
      );
      return [...chains, ...[...state.sets.keys(), ...state.spares].map((name) => `ipset: set ${name}`)];
    },
    async others() {
      const [save4, save6] = [await saved(run, programs[4]), await savedIpv6(run, programs[6])];
      const names = ipset === null ? [] : (await listSets(run, ipset)).filter((name) => !setNames.includes(name));
      const rules = (
        [
          [programs[4].plain, countOthers(save4)],
          [programs[6].plain, countOthers(save6)],
        ] as const
      ).filter(([, count]) => count > 0);
      return [
        ...rules.map(([name, count]) => `${name}: ${counted(count, 'rule')} of others in mangle`),
        ...(names.length === 0 ? [] : [`ipset: ${counted(names.length, 'set')} of others: ${names.join(', ')}`]),
      ];
    },
  };
  return createKernelFilter(kernel, warn);
}

function familyPrograms(plain: string): FamilyPrograms {
  return { plain, save: `${plain}-save`, restore: `${plain}-restore` };
}

async function saved(run: Run, { save }: FamilyPrograms): Promise<string> {
  const text = await run(save, ['-t', 'mangle']);
  // The table holds nft rules that iptables cannot express: then it prints none at all.
  if (!/^# Table `mangle' is incompatible/m.test(text)) return text;
  throw new PacketFilterError('unread', `${save}: expected the rules of mangle, got \`${text.trim().slice(0, 200)}\``);
}

/** A host without IPv6 has no IPv6 rules; it is reported only when such rules are needed. */
async function savedIpv6(run: Run, programs: FamilyPrograms): Promise<string> {
  try {
    return await saved(run, programs);
  } catch (error) {
    if (error instanceof PacketFilterError && (error.kind === 'missing' || error.kind === 'refused')) return '';
    throw error;
  }
}

async function savedSets(run: Run, ipset: string): Promise<ReadonlyMap<string, string>> {
  const names = (await listSets(run, ipset)).filter((name) => setNames.includes(name));
  const sets = new Map<string, string>();
  for (const name of names) sets.set(name, await run(ipset, ['save', name]));
  return sets;
}

async function listSets(run: Run, ipset: string): Promise<readonly string[]> {
  return (await run(ipset, ['list', '-n'])).split('\n').filter((name) => name !== '');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
