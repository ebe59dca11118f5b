// Makes a fresh checkout ready: dependencies by lockfile, then the build. Quick when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'node_modules', '.understudy-setup');
const steps = ['dependencies', 'build'];

/** Ends the process with one clear line when a step fails. */
export function setUp() {
  requireNode();
  installDependencies();
  build();
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  fail(`expected Node 20.19 or later (22.12 or later of 22), got ${process.versions.node}`);
}

function installDependencies() {
  const stamp = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.version} ${process.arch}`)
    .digest('hex');
  // Without the compiler the tree was pruned for production.
  const whole = existsSync(join(root, 'node_modules', 'typescript'));
  if (whole && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  say('dependencies', 'installing by lockfile; better-sqlite3 may compile for a minute');
  const env = { ...process.env };
  // Headers beside this node spare node-gyp a download.
  const prefix = resolve(dirname(process.execPath), '..');
  if (existsSync(join(prefix, 'include', 'node', 'node.h'))) env.npm_config_nodedir ??= prefix;
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, env, encoding: 'utf8' });
  if (done.status !== 0) {
    const why = done.error?.message ?? `${done.stdout}${done.stderr}`.trimEnd().split('\n').slice(-25).join('\n');
    fail(`npm ci failed; expected npm, a C++ compiler, make and python3 (for better-sqlite3):\n${why}`);
  }
  writeFileSync(stampFile, stamp);
}

function build() {
  // The project of the importer names that of the program, which is built first.
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = spawnSync(process.execPath, [compiler, '-b', join(root, 'tools', 'import')], {
    cwd: root,
    encoding: 'utf8',
  });
  if (done.status !== 0) fail(`the build failed:\n${done.stdout}${done.stderr}`);
  chmodSync(join(root, 'dist', 'src', 'main.js'), 0o755);
}

export function say(step, text) {
  const at = steps.indexOf(step) + 1;
  console.log(at === 0 ? `[${step}] ${text}` : `[${at}/${steps.length} ${step}] ${text}`);
}

export function fail(text) {
  console.error(`set-up: ${text}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
