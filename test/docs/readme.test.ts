/** What the README says there is, is there; and what there is, it says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { monitors } from '../../monitors/index.ts';
import { commands } from '../../src/cli/commands.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The rows of the table under a heading, as cells. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  const [body = ''] = section.split('\n## ');
  const rows = body.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
}

const typed = rowsUnder('Commands').map(([, cell = '']) => cell.replaceAll('`', '').replaceAll('\\|', '|'));

test('names every monitor, each with a page', () => {
  const rows = rowsUnder('Monitors').filter(([, types]) => types !== 'your own');
  const named = rows.map(([, types = '']) => types.replaceAll('`', ''));
  expect(named.toSorted()).toEqual([...monitors.keys()].sort());
  for (const [, types, , page] of rows)
    expect(page, types).toMatch(/^\[docs\/monitors\/(\w+)\.md\]\(docs\/monitors\/\1\.md\)$/);
});

test('names every command, in the order of the help', () => {
  expect(typed.map((line) => line.split(' ')[0])).toEqual(commands.map(({ name }) => name));
});

test.each(typed)('%s: the command has these options', (line) => {
  const spec = commands.find(({ name }) => name === line.split(' ')[0]);
  const options = (spec?.options ?? []).map(([flags]) => flags);
  for (const [option] of line.matchAll(/--[a-z-]+/g)) {
    expect(
      options.some((flags) => flags.includes(option)),
      option,
    ).toBe(true);
  }
});

test('says truly which commands have no --json', () => {
  const without = commands.filter((spec) => !spec.asks && !spec.options?.some(([flags]) => flags === '--json'));
  const [, named = ''] = /all but (.*) have `--json`/.exec(readme) ?? [];
  expect(named.match(/`[\w-]+`/g)?.toSorted()).toEqual(without.map(({ name }) => `\`${name}\``).sort());
});

test('leads to files that are there', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => path);
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
