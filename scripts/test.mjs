// `npm test`: set-up, types, lint, and every suite; the lab comes last, because it wants a quiet machine. Real servers
// of its packages are used before, where a suite wants one.
// With UNDERSTUDY_REQUIRE_ALL=1 a skipped test is a failure.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withImport } from './import-stamp.mjs';
import { root, setUp } from './setup.mjs';

const requireAll = process.env.UNDERSTUDY_REQUIRE_ALL === '1';
const bin = (name) => join(root, 'node_modules', '.bin', name);

console.log('== set-up and types');
setUp();
console.log('== lint');
const lint = spawnSync(bin('biome'), ['check', '--error-on-warnings', '.'], { cwd: root, stdio: 'inherit' });
if (process.argv.length === 2) {
  console.log('== packages of the lab');
  spawnSync(process.execPath, [join(root, 'dist', 'test', 'lab', 'prepare.js')], { cwd: root, stdio: 'inherit' });
}
console.log('== tests');
const folder = mkdtempSync(join(tmpdir(), 'understudy-test-'));
const report = join(folder, 'report.json');
const suites = withImport(process.argv.slice(2));
const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...suites.args];
const tests = spawnSync(bin('vitest'), args, { cwd: root, stdio: 'inherit' });
const counts = read(report);
rmSync(folder, { recursive: true });

const failed = counts.failed + (lint.status === 0 ? 0 : 1) + (counts.failed === 0 && tests.status !== 0 ? 1 : 0);
if (failed === 0 && counts.passed > 0) suites.passed();
if (lint.status !== 0) console.log('lint failed');
for (const name of counts.skippedNames) console.log(`skipped: ${name}`);
if (requireAll && counts.skipped > 0) console.log('a skipped test is a failure here (UNDERSTUDY_REQUIRE_ALL=1)');
console.log(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);
process.exit(failed > 0 || (requireAll && counts.skipped > 0) || counts.passed === 0 ? 1 : 0);

function read(file) {
  try {
    const all = JSON.parse(readFileSync(file, 'utf8'));
    const results = all.testResults.flatMap((suite) => suite.assertionResults);
    const skipped = results.filter(({ status }) => status !== 'passed' && status !== 'failed');
    const broken = all.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    );
    return {
      passed: results.filter(({ status }) => status === 'passed').length,
      failed: results.filter(({ status }) => status === 'failed').length + broken.length,
      skipped: skipped.length,
      skippedNames: skipped.map(({ fullName }) => fullName),
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0, skippedNames: [] };
  }
}
