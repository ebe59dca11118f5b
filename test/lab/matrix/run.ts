// node dist/test/lab/matrix/run.js [SECONDS] [PART OF A NAME]...: plays the fault matrix in the lab, then so many seconds of
// a bad network, 600 unless told; writes docs/faults.md when all of it was played.
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { bootLab } from '../boot.ts';
import { repositoryFile } from '../guest/source-file.ts';
import { LabUnavailable } from '../packages.ts';
import { describeResult, type LabResult, readResult } from '../results.ts';
import { faults } from './faults.ts';
import { faultsPage } from './page.ts';

const [seconds = '600', ...parts] = process.argv.slice(2);
const compiled = path.join(import.meta.dirname, '..');
const outDir = path.join(compiled, 'out', 'matrix');
const kept = path.join(outDir, 'results.jsonl');
const results: LabResult[] = [];
mkdirSync(outDir, { recursive: true });
rmSync(kept, { force: true });

try {
  const { status, tookMs } = await bootLab({
    script: path.join(compiled, 'guest', 'matrix.js'),
    args: [seconds, ...parts],
    outDir,
    timeoutMs: (Number(seconds) + 1500) * 1000,
    onLine: (line) => {
      const result = readResult(line);
      if (result !== null) {
        results.push(result);
        appendFileSync(kept, `${JSON.stringify(result)}\n`);
      }
      console.log(result === null ? line : describeResult(result));
    },
  });
  console.log(`matrix: ended with ${status} after ${Math.round(tookMs / 1000)} s`);
  const rows = results.filter((result) => result.kind === 'fault');
  if (rows.length === faults.length) {
    const calm = results.find((result) => result.kind === 'soak') ?? null;
    const page = repositoryFile('docs/faults.md');
    writeFileSync(page, faultsPage({ date: new Date().toISOString().slice(0, 10), results: rows, calm }));
    console.log(`matrix: ${page} is written`);
  }
  process.exitCode = status;
} catch (error) {
  console.error(error instanceof LabUnavailable ? `matrix: cannot run here: ${error.message}` : error);
  process.exitCode = 1;
}
