import { type FigureResult, median } from './results.ts';
import { figureNames } from './scenario-names.ts';

/** What the peers need from the same faults in this lab, each with its checks as often as named; empty: not measured. */
const peers: readonly {
  readonly name: string;
  readonly killed: string;
  readonly link: string;
  readonly stopped: string;
}[] = [
  { name: 'keepalived 1 s', killed: '500', link: '1540', stopped: 'never' },
  { name: 'keepalived 0.1 s', killed: '99', link: '', stopped: 'never' },
  { name: 'ldirectord 1 s', killed: '950', link: '', stopped: 'never' },
];

/** In ms, as a table for people. */
export function figuresTable(results: readonly FigureResult[]): string {
  const head = [
    'ms until the table is right',
    'median',
    'min',
    'max',
    'runs',
    'target',
    ...peers.map(({ name }) => name),
  ];
  const rows = figureNames.flatMap(({ name, targetMs }) => {
    const times = results.find((result) => result.name === name)?.timesMs;
    if (times === undefined || times.length === 0) return [];
    const other = name === 'link down' ? 'link' : 'stopped';
    const fault = name.startsWith('process killed') ? 'killed' : other;
    const own = [median(times), Math.min(...times), Math.max(...times)].map((ms) => ms.toFixed(ms < 100 ? 1 : 0));
    return [[name, ...own, String(times.length), `<= ${targetMs}`, ...peers.map((peer) => peer[fault])]];
  });
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}
