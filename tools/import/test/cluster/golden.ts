/** Fixtures in, golden files out: the configuration, the remarks, and whatever files come with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { alerts } from '../../../../alerts/index.ts';
import { monitors } from '../../../../monitors/index.ts';
import { loadSource } from '../../../../src/config/load.ts';
import { formatProblem } from '../../../../src/config/problems.ts';
import { parseSource } from '../../../../src/config/read.ts';
import { writeDocument } from '../../../../src/config/write.ts';
import { formatRemark, type Imported, type ImportInput } from '../../import.ts';

export type Importer = (input: ImportInput) => Imported;

/** A file on its own: what it includes is not there. */
export function alone(text: string, name = 'test.conf'): ImportInput {
  return { file: { name, text }, read: () => null };
}

/** A file of a folder, which may include others of that folder. */
export function inFolder(folder: string, name: string): ImportInput {
  const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const plain = (wanted: string) => wanted.replace('/etc/keepalived/', '');
  return {
    file: { name, text: textOf(name) },
    read: (wanted) => (names.includes(plain(wanted)) ? { name: plain(wanted), text: textOf(plain(wanted)) } : null),
    list: (wanted) => {
      const expression = new RegExp(`^${plain(wanted).replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
      return names.filter((one) => expression.test(one));
    },
  };
}

export async function expectGolden(importer: Importer, folder: string, name: string): Promise<void> {
  const imported = importer(inFolder(folder, name));
  expect(problemsOf(imported)).toEqual([]);
  const golden = (suffix: string) => join(folder, 'golden', `${name}.${suffix}`);
  await expect(writeDocument(imported.document)).toMatchFileSnapshot(golden('yaml'));
  await expect(`${imported.remarks.map(formatRemark).join('\n')}\n`).toMatchFileSnapshot(golden('remarks'));
  for (const file of imported.files) await expect(file.content).toMatchFileSnapshot(golden(`file.${file.name}`));
}

/** What `check-config` would say of it. */
export function problemsOf({ document }: Imported): readonly string[] {
  const { source, problems } = parseSource('understudy.yaml', writeDocument(document));
  if (source === undefined) return problems.map(formatProblem);
  const loaded = loadSource(source, problems, { monitors, alerts }, {});
  return 'problems' in loaded ? loaded.problems.map(formatProblem) : [];
}

/** Remarks as they go to stderr, without the name of the file. */
export function remarksOf({ remarks }: Imported): readonly string[] {
  return remarks.map((remark) => formatRemark({ ...remark, file: '' }).slice(1));
}

/** `sections` as plain JSON, in part: `sectionsOf(x, 'servers', 'a')`. */
export function valueAt({ document }: Imported, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([name]) => name === key)?.[1]
        : undefined,
    document.sections,
  );
}
