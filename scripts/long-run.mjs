// What `npm run test:long` found, in bench/RESULTS.md, and when it was last run.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { root } from './setup.mjs';

const file = join(root, 'bench', 'RESULTS.md');
const heading = /^## test:long, (\d{4}-\d\d-\d\d), commit (\w+)/gm;

/** `last run on 2026-12-01 at 8a2a2b5`. */
export function lastLongRun() {
  const last = [...readFileSync(file, 'utf8').matchAll(heading)].at(-1);
  return last === undefined ? 'which has no record yet' : `last run on ${last[1]} at ${last[2]}`;
}

/** `logs`: the lab's suites. The lines of measured results are those that the guests printed. */
export function recordLongRun({ summary, tookS, logs }) {
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Linux ${release()}, Node ${process.versions.node}`;
  const suites = logs.map(({ file, passed, of, tookS }) => `- ${file}: ${passed} of ${of} passed, ${tookS} s`);
  const text = [
    `## test:long, ${new Date().toISOString().slice(0, 10)}, commit ${commit()}`,
    '',
    `${machine}. ${summary}, in ${Math.round(tookS / 60)} minutes.`,
    '',
    ...suites,
    '',
    '```',
    ...measured(),
    '```',
    '',
  ].join('\n');
  appendFileSync(file, `\n${text}`);
  console.log(`written to ${file}`);
}

function commit() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}

/** The suites leave what they measured in `results.txt` of their output folder. */
function measured() {
  const out = join(root, 'dist', 'test', 'lab', 'out');
  const files = existsSync(out) ? readdirSync(out).map((name) => join(out, name, 'results.txt')) : [];
  return files.filter((name) => existsSync(name)).flatMap((name) => readFileSync(name, 'utf8').trimEnd().split('\n'));
}
