/** What an import made, as text for golden files, and as the program would load it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { alerts } from '../../../alerts/index.ts';
import { monitors } from '../../../monitors/index.ts';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { formatProblem } from '../../../src/config/problems.ts';
import { writeDocument } from '../../../src/config/write.ts';
import { formatRemark, type Imported, type SourceText } from '../import.ts';

export const fixtures = join(import.meta.dirname, 'fixtures');

/** The configuration, and behind it the remarks and further files as comments. */
export function goldenText({ document, remarks, files }: Imported): string {
  const failed = remarks.some(({ kind }) => kind === 'error');
  return [
    failed ? '# nothing could be made\n' : writeDocument(document),
    ...remarks.map((remark) => `#> ${formatRemark(remark)}\n`),
    ...files.map(({ name, content }) => `#= ${name}, ${content.split('\n').length - 1} lines\n`),
  ].join('');
}

/** All problems and warnings that `check-config` would tell; empty where there are none. */
export function checked({ document, files }: Imported): { readonly config: Config | null; readonly told: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-import-'));
  try {
    for (const { name, content } of [{ name: 'understudy.yaml', content: writeDocument(document) }, ...files]) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    const loaded = loadConfig(join(folder, 'understudy.yaml'), { monitors, alerts }, {});
    const told = 'problems' in loaded ? loaded.problems.map(formatProblem) : loaded.warnings;
    return { config: 'config' in loaded ? loaded.config : null, told: told.map((line) => line.replace(folder, '')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function filesIn(folder: string): readonly SourceText[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}
