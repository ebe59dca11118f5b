// `npm test`: set-up, lint, the fast suites, then the lab in two lanes and its figures alone.
// `--long` (npm run test:long): all that there is, for about an hour; its outcome goes into bench/RESULTS.md.
// `--fast` (npm run check): no lab. Other arguments go to vitest.
// With UNDERSTUDY_REQUIRE_ALL=1 a skipped test is a failure.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withImport } from './import-stamp.mjs';
import { lastLongRun, startLongRun } from './long-run.mjs';
import { root, setUp } from './setup.mjs';

const requireAll = process.env.UNDERSTUDY_REQUIRE_ALL === '1';
const given = process.argv.slice(2);
const isLong = given.includes('--long');
const isFast = given.includes('--fast');
const others = given.filter((word) => word !== '--long' && word !== '--fast');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const env = { ...process.env, ...(isLong ? { UNDERSTUDY_LONG: '1', FC_RUNS: process.env.FC_RUNS ?? '500' } : {}) };
const startedMs = Date.now();
const record = isLong && others.length === 0 ? startLongRun() : null;

console.log('== set-up and types');
setUp();
console.log(isFast ? '== lint' : '== lint, packages of the lab');
const { labUnavailable } = await import('../dist/test/lab/packages.js');
const [lint, noLab] = await Promise.all([
  run(bin('biome'), ['check', '--error-on-warnings', '.']),
  isFast ? null : labUnavailable(),
]);
if (noLab !== null) {
  console.log(`lab: cannot run here: ${noLab}`);
  env.UNDERSTUDY_LAB_UNAVAILABLE = noLab;
}
console.log(`== tests (${seconds()} s so far)`);
const folder = mkdtempSync(join(tmpdir(), 'understudy-test-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const projects = isFast ? ['--project', 'fast', '--project', 'import'] : [];
const suites = withImport([...projects, ...others], isLong || requireAll);
const tests = spawnSync(bin('vitest'), ['run', ...reporters, ...suites.args], {
  cwd: root,
  env,
  stdio: 'inherit',
});
const counts = read(report);
rmSync(folder, { recursive: true });

const failed = counts.failed + (lint === 0 ? 0 : 1) + (counts.failed === 0 && tests.status !== 0 ? 1 : 0);
if (failed === 0 && counts.passed > 0) suites.passed();
if (lint !== 0) console.log('lint failed');
for (const name of counts.skippedNames) console.log(`skipped: ${name}`);
if (requireAll && counts.skipped > 0) console.log('a skipped test is a failure here (UNDERSTUDY_REQUIRE_ALL=1)');
const summary = `${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`;
if (record !== null) record(summary, counts.lab);
else if (!isFast && !isLong && others.length === 0) {
  console.log(
    'not played here: weights on real IPVS, each fault on every port, both kernels in full, 11 runs of each figure,',
  );
  console.log(`30 minutes of soak. That is \`npm run test:long\`, ${lastLongRun()}`);
}
console.log(`== ${seconds()} s`);
console.log(summary);
process.exit(failed > 0 || (requireAll && counts.skipped > 0) || counts.passed === 0 ? 1 : 0);

function seconds() {
  return Math.round((Date.now() - startedMs) / 1000);
}

/** Resolves to the exit status. */
function run(file, args) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', () => resolve(1)).once('close', (code) => resolve(code ?? 1));
  });
}

function read(file) {
  try {
    const all = JSON.parse(readFileSync(file, 'utf8'));
    const results = all.testResults.flatMap((suite) => suite.assertionResults);
    const skipped = results.filter(({ status }) => status !== 'passed' && status !== 'failed');
    const broken = all.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    );
    const lab = all.testResults.filter(({ name }) => name.includes('/test/lab/'));
    return {
      passed: results.filter(({ status }) => status === 'passed').length,
      failed: results.filter(({ status }) => status === 'failed').length + broken.length,
      skipped: skipped.length,
      skippedNames: skipped.map(({ fullName }) => fullName),
      lab: lab.map(({ name, assertionResults, startTime, endTime }) => ({
        file: name.slice(name.lastIndexOf('/') + 1),
        passed: assertionResults.filter(({ status }) => status === 'passed').length,
        of: assertionResults.length,
        tookS: Math.round((endTime - startTime) / 1000),
      })),
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0, skippedNames: [], lab: [] };
  }
}
