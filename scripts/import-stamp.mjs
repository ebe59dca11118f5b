// The tests of `understudy import` run when a file that they depend on has changed since they last passed, and always
// with UNDERSTUDY_REQUIRE_ALL=1 and in `npm run test:long`.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const stampFile = join(root, 'node_modules', '.understudy-import');
const sources = ['tools/import', 'src/config', 'src/plugin', 'src/core/table.ts', 'monitors', 'alerts'];
const others = ['package-lock.json', 'vitest.config.ts', 'src/cli/import.ts', 'src/text.ts', 'src/main.ts'];

/** Arguments of vitest, without the project `import` where it need not run; `passed` is called when all tests passed. */
export function withImport(args, always) {
  const projects = args.flatMap((arg, at) => (arg === '--project' ? [args[at + 1]] : []));
  const isAsked = projects.length === 0 || projects.includes('import');
  const isWhole = args.length === 2 * projects.length;
  if (!isAsked || !isWhole) return { args, passed() {} };
  const stamp = hash();
  const isKnown = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (!isKnown || always) {
    return { args, passed: () => writeFileSync(stampFile, stamp) };
  }
  console.log('import: not run, as nothing that it depends on has changed since it passed');
  const left = projects.filter((name) => name !== 'import').flatMap((name) => ['--project', name]);
  return { args: left.length > 0 ? left : ['--project', '!import'], passed() {} };
}

function hash() {
  const sum = createHash('sha256').update(process.version);
  for (const file of [...sources, ...others].flatMap(filesIn).sort()) {
    const content = readFileSync(join(root, file));
    sum.update(`${file} ${content.length}\n`).update(content);
  }
  return sum.digest('hex');
}

function filesIn(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}
