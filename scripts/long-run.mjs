// What `npm run test:long` found, in bench/RESULTS.md, and when it was last run.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { root } from './setup.mjs';

const file = join(root, 'bench', 'RESULTS.md');
const heading = /^## test:long, (\d{4}-\d\d-\d\d), commit ([^:\n]+): (.+)$/gm;

/** `last run on 2026-12-01 at 8a2a2b5: 4460 passed, 0 failed, 0 skipped`. */
export function lastLongRun() {
  const last = [...readFileSync(file, 'utf8').matchAll(heading)].at(-1);
  return last === undefined ? 'which has no record yet' : `last run on ${last[1]} at ${last[2]}: ${last[3]}`;
}

/** Called at the start; gives the function that writes the record at the end. `lab`: the outcome of its suites. */
export function startLongRun() {
  const startedMs = Date.now();
  const commit = presentCommit();
  return (summary, lab) => {
    const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Linux ${release()}, Node ${process.versions.node}`;
    const minutes = Math.round((Date.now() - startedMs) / 60_000);
    const text = [
      `## test:long, ${new Date(startedMs).toISOString().slice(0, 10)}, commit ${commit}: ${summary}`,
      '',
      `${machine}; ${minutes} minutes.`,
      '',
      ...lab.map(({ file, passed, of, tookS }) => `- ${file}: ${passed} of ${of} passed, ${tookS} s`),
      '',
      '```',
      ...measuredSince(startedMs),
      '```',
      '',
    ].join('\n');
    appendFileSync(file, `\n${text}`);
    console.log(`written to ${file}`);
  };
}

function presentCommit() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}

/** The lab's suites leave what they found in `results.txt` of their output folder; details are indented. */
function measuredSince(startedMs) {
  const out = join(root, 'dist', 'test', 'lab', 'out');
  const files = existsSync(out) ? readdirSync(out).map((name) => join(out, name, 'results.txt')) : [];
  return files
    .filter((name) => existsSync(name) && statSync(name).mtimeMs >= startedMs)
    .flatMap((name) => readFileSync(name, 'utf8').trimEnd().split('\n'))
    .filter((line) => !line.startsWith(' '));
}
