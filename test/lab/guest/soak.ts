// Everything is healthy, the network is bad and the processor is busy: soak.js [SECONDS]

import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { logLines } from '../../../src/api/log-lines.ts';
import { printResult } from '../results.ts';
import { SERVERS } from './cluster.ts';
import { nowMs, pauseMs } from './program.ts';
import { openStage } from './stage.ts';

/** In each direction: an answer comes after 0 to 200 ms, in any order, and one in 25 round trips loses a packet. */
const badNetwork = { delayMs: 50, jitterMs: 50, lossPercent: 2 };
const lookEveryMs = 5000;

const seconds = Number(process.argv[2] ?? 600);
let steps: readonly string[] = [];
const stage = await openStage({ visitEveryMs: 1000 });
try {
  await stage.settle();
  const startedMs = nowMs();
  const logBefore = stage.director.log.length;
  for (const server of SERVERS) await stage.cluster.netem(server, badNetwork);
  const busy = stage.cluster.start(null, 'sh', ['-c', 'while :; do :; done']);
  const falseSteps = async (): Promise<readonly string[]> => {
    const { changes, causes, remarks } = await stage.story();
    return [...changes, ...causes, ...remarks, ...stage.post.mails().map(({ subject }) => `mail: ${subject}`)];
  };
  while (nowMs() - startedMs < seconds * 1000) {
    await pauseMs(Math.min(lookEveryMs, startedMs + seconds * 1000 - nowMs()));
    const now = await falseSteps();
    for (const step of now.slice(steps.length))
      console.log(`soak: after ${Math.round((nowMs() - startedMs) / 1000)} s: ${step}`);
    steps = now;
  }
  busy.kill('SIGKILL');
  const log = stage.director.log.slice(logBefore);
  const observations = log.filter(({ msg }) => msg === logLines.observation).map(({ text }) => text);
  const bad = observations.filter((text) => !text.includes('"status":"ok"'));
  if (steps.length > 0) for (const text of bad.slice(-100)) console.log(text);
  writeFileSync(path.join(process.env['LAB_OUT'] ?? '/tmp', 'soak.log'), log.map(({ text }) => `${text}\n`).join(''));
  const tookMs = Math.round(nowMs() - startedMs);
  const [checks, badVerdicts] = [observations.length, bad.length];
  printResult({ kind: 'soak', tookMs, checks, badVerdicts, falseSteps: steps });
} finally {
  await stage.close();
}
process.exit(steps.length === 0 ? 0 : 1);
