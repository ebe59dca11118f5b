// Plays the fault matrix, then a bad network without any fault: matrix.js SECONDS [PART OF A NAME]...

import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { logLines } from '../../../src/api/log-lines.ts';
import { type ColumnName, columns } from '../matrix/columns.ts';
import {
  breathless,
  breathlessFactor,
  type CellResult,
  isBreathless,
  isComplete,
  judgeCell,
  patienceMs,
  type Seen,
} from '../matrix/judge.ts';
import { expectedOf, type PlayedRow, rowsNamed } from '../matrix/rows.ts';
import { printResult } from '../results.ts';
import { startCluster } from './cluster.ts';
import { createDirector } from './director.ts';
import { matrixConfiguration } from './matrix/configuration.ts';
import { createEdge, hittingOnly } from './matrix/edge.ts';
import { injections } from './matrix/injections.ts';
import { looksSince } from './matrix/looks.ts';
import { must, nowMs, pauseMs, until } from './program.ts';

/** In each direction, as in soak.ts. */
const badNetwork = { delayMs: 50, jitterMs: 50, lossPercent: 2 };
/** A row lasts at least this long: two checks of the slowest column, which may have to stay unmoved. */
const watchMs = 8500;
/** Long, since the machine below may be busy with other things. */
const calmLimitMs = 300_000;
const quietMs = 1000;
const lookEveryMs = 500;
/** A timer of ours that is later than this: the machine below is busy with other things. */
const breathMs = 300;

const [seconds = '0', ...parts] = process.argv.slice(2);
const kernel = readFileSync('/proc/version', 'utf8').split(' ').slice(0, 3).join(' ').replace(' version', '');
const logFile = path.join(process.env['LAB_OUT'] ?? '/tmp', 'matrix.log');
rmSync(logFile, { force: true });

await must('modprobe', ['-a', 'xt_REDIRECT', 'ipt_REJECT', 'xt_tcpudp']);
const cluster = await startCluster({ isMarked: false });
writeFileSync('/proc/sys/net/ipv4/conf/br0/accept_local', '1');
const director = createDirector(cluster, '/run/lab/director');
const edge = createEdge(cluster);
let problems = 0;

async function untilCalm(): Promise<void> {
  let unrest: readonly string[] = [];
  const isCalm = async (): Promise<boolean> => {
    const { servers, problems, incidents } = await director.status();
    const checks = servers.flatMap(({ name, checks }) => checks.map((check) => ({ server: name, ...check })));
    unrest = [
      ...checks
        .filter(({ status, unknown }) => status !== 'ok' || (unknown !== null && !breathless.test(unknown)))
        .map(
          ({ server, monitor, status, summary, unknown }) => `${server}/${monitor} ${status}: ${unknown ?? summary}`,
        ),
      ...problems.map(({ text }) => text),
      ...incidents.map(({ summary }) => `incident: ${summary}`),
    ];
    return unrest.length === 0;
  };
  await until('all is calm', isCalm, calmLimitMs, 250).catch((error: Error) => {
    throw new Error(`${error.message}; ${unrest.join(', ')}; said on edge1:\n${edge.said.join('\n')}`);
  });
}

async function playRow(played: PlayedRow): Promise<void> {
  await untilCalm();
  await pauseMs(quietMs);
  const { name, parts } = played;
  const row = expectedOf(played);
  const logBefore = director.log.length;
  const [startedMs, faultMs] = [nowMs(), Date.now()];
  for (const { fault, ports } of parts) await injections[fault]({ cluster, edge: hittingOnly(edge, ports) });
  const seen = (): ReadonlyMap<ColumnName, Seen> => looksSince(director.log.slice(logBefore), faultMs);
  let slowestMs = 0;
  const slack = (by: ReadonlyMap<ColumnName, Seen>): number =>
    slowestMs > breathMs || isBreathless(by.values()) ? breathlessFactor : 1;
  const judged = (by: ReadonlyMap<ColumnName, Seen>): readonly CellResult[] =>
    columns.map(({ name: column }) =>
      judgeCell(column, by.get(column) ?? { looks: [], changes: [] }, row[column], slack(by)),
    );
  for (;;) {
    const beforeMs = nowMs();
    await pauseMs(lookEveryMs);
    slowestMs = Math.max(slowestMs, nowMs() - beforeMs - lookEveryMs);
    const elapsedMs = nowMs() - startedMs;
    if (elapsedMs < watchMs) continue;
    const now = seen();
    if (isComplete(row, judged(now)) || elapsedMs >= patienceMs(row) * slack(now) + quietMs) break;
  }
  const cells = judged(seen());
  try {
    await edge.mend();
    await untilCalm();
  } finally {
    const lines = director.log.slice(logBefore).map(({ text }) => text);
    appendFileSync(logFile, `== ${name}\n${lines.join('\n')}\n`);
  }
  problems += cells.filter(({ problem }) => problem !== null).length;
  printResult({ kind: 'fault', name, cells, tookMs: Math.round(nowMs() - startedMs), kernel });
}

/** A bad network that is played again, at most so often, when false steps came while the guest was out of breath. */
const badNetworkTries = 3;

async function playBadNetwork(lastsMs: number): Promise<void> {
  for (let left = badNetworkTries - 1; ; left--) {
    await untilCalm();
    const startedMs = nowMs();
    const logBefore = director.log.length;
    await cluster.netem('edge1', badNetwork);
    await pauseMs(lastsMs);
    await cluster.netem('edge1', null);
    const log = director.log.slice(logBefore);
    appendFileSync(logFile, `== bad network\n${log.map(({ text }) => text).join('\n')}\n`);
    const looks = log.filter(({ msg }) => msg === logLines.observation).map(({ text }) => text);
    const bad = looks.filter((text) => !text.includes('"status":"ok"'));
    const falseSteps = log.filter(({ msg }) => msg === logLines.statusChanged).map(({ text }) => text);
    if (falseSteps.length > 0 && left > 0 && bad.some((text) => breathless.test(text))) continue;
    problems += falseSteps.length;
    const tookMs = Math.round(nowMs() - startedMs);
    printResult({ kind: 'soak', tookMs, checks: looks.length, badVerdicts: bad.length, falseSteps });
    return;
  }
}

try {
  await cluster.startServer('edge2', ['rtmp']);
  // While edge1's programs start, nothing else has a chance here.
  director.write(matrixConfiguration(director.stateDir));
  await director.start({ debug: true });
  await edge.start();
  for (const row of rowsNamed(parts)) await playRow(row);
  if (Number(seconds) > 0) await playBadNetwork(Number(seconds) * 1000);
} finally {
  if (director.isRunning()) await director.end('SIGTERM');
  await cluster.stop();
}
process.exit(problems === 0 ? 0 : 1);
