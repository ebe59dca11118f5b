/** Compiles before the tests, so that suites that run `dist/` never test yesterday's build. Quick when nothing changed. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

export default function build(): void {
  const root = resolve(import.meta.dirname, '..');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '-b', join(root, 'tools', 'import')];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the build failed:\n${stdout}`);
}
