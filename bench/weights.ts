/**
 * `npm run bench:weights`: laws of weights compared in simulated time. Appends the table to bench/RESULTS.md and draws
 * docs/weights.svg. Every run gives the same figures.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawPanels } from './weights/draw.ts';
import { fixed, headroom, type Law, naive, relative, zhang } from './weights/laws.ts';
import type { SchedulerName } from './weights/schedulers.ts';
import { mean, type Run, simulate, usual } from './weights/simulate.ts';

interface Contestant {
  readonly name: string;
  readonly law: () => Law;
  /** Weights while the pool fills; all equal if absent. */
  readonly first?: readonly number[];
}

const seeds = [1, 2, 3];
const loads = [0.6, 0.78, 0.96];
const schedulers: readonly SchedulerName[] = ['wlc', 'wrr'];
const servers = usual.capacities.map((capacity, at) => `edge${at + 1} (${capacity})`);
const laws: readonly Contestant[] = [
  { name: 'static 100/100/100', law: () => fixed([100, 100, 100]) },
  { name: 'naive 100·(1−u)', law: naive },
  { name: 'Zhang, A = 5, cap 1000', law: zhang },
  { name: 'headroom of each, smoothed, dead band', law: headroom },
  ...[0.05, 0.1, 0.25, 0.5, 1].map((gain) => ({ name: `ours, K ${gain}`, law: () => relative(gain) })),
  { name: 'true capacity 100/100/50', law: () => fixed([100, 100, 50]), first: [100, 100, 50] },
];
const lines: string[] = [];

say(
  `## Weights, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, simulated: the figures do not depend on the machine`,
);
say('');
say(
  `Three servers for ${usual.capacities.join('/')} viewers; Poisson arrivals, sessions of ${usual.sessionS} s, readings wrong by up to ${usual.noise * 100} % and ${usual.delayS} s late, a tick of ${usual.tickS} s; the pool fills for ${usual.fillS / 60} min, then the law works for an hour; the mean of ${seeds.length} seeds. Worst and spread (fullest less emptiest) without the first quarter of the hour.`,
);
for (const load of loads) {
  say('');
  say(`Load ${load}:`);
  say('');
  say(`| law | ${schedulers.map((name) => `${name}: changes/h | reversals/h | mean of worst | spread`).join(' | ')} |`);
  say(`| --- |${' --- |'.repeat(4 * schedulers.length)}`);
  for (const one of laws)
    say(`| ${[one.name, ...schedulers.flatMap((scheduler) => figures(load, scheduler, one))].join(' | ')} |`);
}
appendFileSync(fileURLToPath(new URL('../../bench/RESULTS.md', import.meta.url)), `\n${lines.join('\n')}\n`);
writeFileSync(fileURLToPath(new URL('../../docs/weights.svg', import.meta.url)), picture());

function figures(load: number, scheduler: SchedulerName, { law, first }: Contestant): readonly string[] {
  const runs = seeds.map((seed) => simulate({ ...usual, load, scheduler, seed }, law(), first));
  const over = (part: (run: Run) => number): number => mean(runs.map(part));
  return [
    over((run) => run.changesPerHour).toFixed(0),
    over((run) => run.reversalsPerHour).toFixed(0),
    over((run) => run.meanWorst).toFixed(2),
    over((run) => run.meanSpread).toFixed(2),
  ];
}

function picture(): string {
  const shown = [
    { title: 'static: 100, 100, 100', law: fixed([100, 100, 100]) },
    { title: 'naive: 100 · (1 − utilisation)', law: naive() },
    { title: 'relative to the pool, K 0.25', law: relative(0.25) },
  ];
  const panels = shown.map(({ title, law }) => {
    const run = simulate(usual, law);
    const changes = run.changesPerHour === 0 ? 'no changes' : `${run.changesPerHour.toFixed(0)} changes in the hour`;
    return { title, note: `${changes}, fullest ${(run.meanWorst * 100).toFixed(0)} %`, samples: run.samples };
  });
  return drawPanels(panels, servers);
}

function say(line: string): void {
  console.log(line);
  lines.push(line);
}
