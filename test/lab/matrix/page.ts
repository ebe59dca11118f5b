/** docs/faults.md, from what the lab saw. */
import type { FaultResult, SoakResult } from '../results.ts';
import { columns } from './columns.ts';
import { faults } from './faults.ts';
import type { CellResult } from './judge.ts';

export interface Played {
  /** `2026-11-21` */
  readonly date: string;
  readonly results: readonly FaultResult[];
  /** Of the bad network at the end; null: not played. */
  readonly calm: SoakResult | null;
}

export function faultsPage(played: Played): string {
  const rows = faults.flatMap(({ name, done }) => {
    const result = played.results.find((one) => one.name === name);
    return result === undefined ? [] : [section(name, done, result.cells)];
  });
  return `${[intro(played), wordsSection(played.results), ...rows, calmSection(played.calm), monitorsSection()].join('\n\n')}\n`;
}

function intro({ date, results }: Played): string {
  const kernel = results[0]?.kernel ?? 'no kernel';
  return `# What each monitor says of each fault

One video server with real programs on it (nginx-rtmp, GStreamer, rtsp-server-perl, snmpd, node_exporter, ffmpeg as the
encoder, and stand-ins for WCS and Windows Media), ${columns.length} monitors that watch it at once, and ${faults.length} faults, one after the other.
Each table has what the director said and how long after the fault; a monitor that is not in the table stayed ok for the
whole time of the fault: it cannot see it.

Made by \`npm run matrix\` on ${date} (${kernel}, all on one emulated processor, so that times are longer than
on a real machine). What has to come was written down before, in \`test/lab/matrix/expected.ts\`; a false ok or a false fail is a failing
test. ${reckoning(results)}

\`fail\` takes the server out of its pool, \`overloaded\` drains it, \`unknown\` changes nothing: the monitor itself got no answer to go by.`;
}

function reckoning(results: readonly FaultResult[]): string {
  const cells = results.flatMap((result) => result.cells);
  const wrong = cells.filter(({ problem }) => problem !== null).length;
  return wrong === 0
    ? `All ${cells.length} cells came as expected.`
    : `**${wrong} of ${cells.length} cells did not come as expected.**`;
}

/** From the words of a mail to what may be broken. */
function wordsSection(results: readonly FaultResult[]): string {
  const found = new Map<string, { readonly columns: Set<string>; readonly faults: Set<string> }>();
  for (const { name, cells } of results) {
    for (const { column, words } of cells.filter(isMoved)) {
      const of = found.get(words) ?? { columns: new Set(), faults: new Set() };
      found.set(words, of);
      of.columns.add(column);
      of.faults.add(name);
    }
  }
  const lines = [...found]
    .sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
    .map(
      ([words, of]) =>
        `| ${code(words)} | ${listed(of.columns, 4)} | ${[...of.faults].map((name) => `[${name}](#${anchor(name)})`).join(', ')} |`,
    );
  return [
    '## From the words to the fault',
    'The words of the mail, who says them, and what was broken when they were said here. Where several faults have the same\nwords, the monitors that stayed ok tell them apart.',
    ['| words | said by | when |', '| --- | --- | --- |', ...lines].join('\n'),
  ].join('\n\n');
}

function section(name: string, done: string, cells: readonly CellResult[]): string {
  const moved = cells.filter(isMoved);
  const still = cells.filter((cell) => !isMoved(cell)).map(({ column }) => column);
  const lines = moved.map(
    ({ column, verdict, words, atMs, problem }) =>
      `| ${column} | ${verdict} | ${code(words)}${problem === null ? '' : ' **not as expected**'} | ${seconds(atMs ?? 0)} |`,
  );
  const table = ['| monitor | verdict | words | seen after |', '| --- | --- | --- | ---: |', ...lines].join('\n');
  const others = still.length === 0 ? 'None stayed ok.' : `Stayed ok: ${still.join(', ')}.`;
  const wrong = cells.flatMap((cell) =>
    cell.problem === null || isMoved(cell) ? [] : [`**Not as expected**: ${cell.column}: ${cell.problem}.`],
  );
  return [`## ${capital(name)}`, `${capital(done)}.`, ...(moved.length === 0 ? [] : [table]), others, ...wrong].join(
    '\n\n',
  );
}

function calmSection(calm: SoakResult | null): string {
  const network = '2 % of the packets lost and 50 ms of delay with 50 ms of jitter in each direction of the link';
  if (calm === null) return '## A bad network\n\nNot played in this run.';
  const { tookMs, checks, badVerdicts, falseSteps } = calm;
  const found = falseSteps.length === 0 ? 'no status changed' : `**${falseSteps.length} false status changes**`;
  return [
    '## A bad network',
    `${network}, and no fault: for ${Math.round(tookMs / 1000)} s all monitors went on, ${checks} checks, ${badVerdicts} of them without a good verdict, and ${found}.`,
  ].join('\n\n');
}

function monitorsSection(): string {
  const lines = columns.map(({ name, options }) => `| ${name} | ${code(`{ ${options} }`)} |`);
  return ['## The monitors', ['| name | options |', '| --- | --- |', ...lines].join('\n')].join('\n\n');
}

function isMoved({ atMs }: CellResult): boolean {
  return atMs !== null;
}

function listed(names: ReadonlySet<string>, most: number): string {
  const all = [...names];
  return all.length <= most ? all.join(', ') : `${all.slice(0, most).join(', ')} and ${all.length - most} more`;
}

/** As renderers of Markdown make it from a heading. */
function anchor(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Words may have backquotes and bars themselves. */
function code(text: string): string {
  const bars = text.replaceAll('|', '\\|');
  return text.includes('`') ? `\`\` ${bars} \`\`` : `\`${bars}\``;
}
