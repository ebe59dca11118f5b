/** Marks packets with nftables: one table of our own, replaced in one transaction. */
import type { Marking } from '../../core/marks.ts';
import type { Exec } from '../../ports.ts';
import type { ClientEdit } from '../client-index.ts';
import { type Comparison, compareReadings, weigh } from '../compare.ts';
import { createKernelFilter, type Kernel, type PrefixesOf } from '../kernel-filter.ts';
import { type PacketFilter, PacketFilterError, type Warn } from '../packet-filter.ts';
import { wantedReading } from '../reading.ts';
import { createRun, type Run } from '../run.ts';
import { atOnce, inSlices, type Slices } from '../slices.ts';
import { parseTable } from './parse-table.ts';
import { formDifferences, readTable } from './read-table.ts';
import {
  clientElement,
  clientMapName,
  clientMapType,
  clientRules,
  formatTable,
  nftMark,
  noTable,
  planTable,
  tableName,
} from './table.ts';

export interface NftablesOptions {
  readonly exec: Exec;
  /** Name or path of nft. */
  readonly program?: string;
  readonly warn?: Warn;
}

const fileName = 'understudy.nft';

export function createNftables({ exec, program = 'nft', warn }: NftablesOptions): PacketFilter {
  const run = createRun(exec);
  const load = (text: string) => loadTable(run, program, [], text);
  const tables = async () =>
    (await run(program, ['list', 'tables'])).split('\n').flatMap((line) => line.match(/^table (\S+ \S+)$/)?.[1] ?? []);

  const kernel: Kernel = {
    kind: 'nftables',
    async read() {
      try {
        return await run(program, ['-s', 'list', 'table', 'inet', 'understudy']);
      } catch (error) {
        if (error instanceof PacketFilterError && /No such file or directory/.test(error.message)) return '';
        throw error;
      }
    },
    compare: compareTable,
    async load(_, marking) {
      await load(await inSlices(replacement(marking)));
    },
    async putBack(_, before) {
      await load(`${noTable}${before}`);
    },
    async amend(edits, before, after) {
      try {
        await load(amendment(edits, before, after));
        return true;
      } catch (error) {
        // Changed externally: a full apply repairs it or reports why not.
        if (error instanceof PacketFilterError && error.kind === 'refused') return false;
        throw error;
      }
    },
    script: (marking) => ({
      files: [{ name: fileName, content: atOnce(replacement(marking)) }],
      commands: [`${program} -f ${fileName}`],
    }),
    async clear(text) {
      if (text === '') return [];
      await load(noTable);
      return [`nftables: table ${tableName}`];
    },
    async others() {
      const others = (await tables()).filter((name) => name !== tableName);
      if (others.length === 0) return [];
      const count = others.length === 1 ? '1 table' : `${others.length} tables`;
      return [`nftables: ${count} of others: ${others.join(', ')}`];
    },
  };
  return createKernelFilter(kernel, warn);
}

export function* compareTable(text: string, marking: Marking): Slices<Comparison> {
  const table = yield* parseTable(text);
  const reading = yield* readTable(table);
  const marks = yield* compareReadings(yield* wantedReading(marking), reading);
  if (marks.length > 0 && reading.strange.length === 0) return { differences: marks, isUnclear: false };
  return weigh(marks, formDifferences(yield* planTable(marking), table));
}

/** nft before 1.0.2 opens its input by name, which fails for the socket that Node passes as standard input. */
export async function loadTable(run: Run, program: string, args: readonly string[], text: string): Promise<void> {
  const whole = [...args, '-f', '-'];
  try {
    await run(program, whole, text);
  } catch (error) {
    if (!(error instanceof PacketFilterError) || !/Could not open file.*stdin/.test(error.message)) throw error;
    await run('sh', ['-c', 'cat | "$0" "$@"', program, ...whole], text);
  }
}

/** One transaction for the whole table. */
export function* replacement(marking: Marking): Slices<string> {
  const table = yield* planTable(marking);
  return table === null ? noTable : yield* formatTable(table);
}

/** One transaction. A map and its rule are created with the first client of a prefix length and removed with the last. */
function amendment(edits: readonly ClientEdit[], before: PrefixesOf, after: PrefixesOf): string {
  const lines: string[] = [];
  const gone: string[] = [];
  for (const family of [4, 6] as const) {
    for (const prefix of after[family].filter((one) => !before[family].includes(one))) {
      lines.push(`add map ${tableName} ${clientMapName(family, prefix)} { type ${clientMapType(family)}; }`);
    }
    for (const prefix of before[family].filter((one) => !after[family].includes(one))) {
      gone.push(clientMapName(family, prefix));
    }
  }
  const rewired = lines.length + gone.length > 0;
  for (const { network, before: old, after: mark } of edits) {
    const name = clientMapName(network.family, network.prefix);
    const key = clientElement(network.text);
    if (gone.includes(name)) continue;
    if (old !== null) lines.push(`delete element ${tableName} ${name} { ${key} }`);
    if (mark !== null) lines.push(`add element ${tableName} ${name} { ${key} : ${nftMark(mark)} }`);
  }
  if (rewired) {
    lines.push(`flush chain ${tableName} clients`);
    lines.push(...clientRules(after).map((rule) => `add rule ${tableName} clients ${rule}`));
  }
  lines.push(...gone.map((name) => `delete map ${tableName} ${name}`));
  return `${lines.join('\n')}\n`;
}
