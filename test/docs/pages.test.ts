/** What the documents promise exists: pages, anchors, monitors, and configurations that load. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { createAlerts } from '../../alerts/index.ts';
import { monitors } from '../../monitors/index.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));
const all = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pages];

/** As GitHub makes them from headings. */
function anchorsOf(file: string): readonly string[] {
  const headings = read(file).matchAll(/^#{1,6} (.+)$/gm);
  return [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

test.each(all)('%s links to files and headings that exist', (file) => {
  const broken = [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
    ([link, path = '', anchor]) => {
      const target = path === '' ? file : relative(root, resolve(root, dirname(file), path));
      if (!existsSync(join(root, target))) return [link];
      return anchor === undefined || anchorsOf(target).includes(anchor) ? [] : [link];
    },
  );
  expect(broken).toEqual([]);
});

test.each(all)('%s has no marks of an unfinished merge', (file) => {
  expect(read(file)).not.toMatch(/^(<{7} |={7}$|>{7} )/m);
});

test('every page of docs/ is reachable from its index', () => {
  const known = new Set(['docs/README.md']);
  for (const page of known) {
    for (const [, path = ''] of read(page).matchAll(/\]\((?!https?:)([^)#\s]+\.md)/g)) {
      const target = relative(root, resolve(root, dirname(page), path));
      if (target.startsWith('docs/') && existsSync(join(root, target))) known.add(target);
    }
  }
  expect(pages.filter((page) => !known.has(page))).toEqual([]);
});

test('every monitor has a page and a row in the list of monitors', () => {
  const rows = [...read('docs/monitors/README.md').matchAll(/^\| `(\w+)` \|.*\[(\w+)\.md\]\(\2\.md\) \|$/gm)];
  expect(rows.map(([, type]) => type).sort()).toEqual([...monitors.keys()].sort());
});

const configurations = all.flatMap((file) =>
  [...read(file).matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, text = ''], at) =>
    /^director:/m.test(text) && /^watches:/m.test(text) && !/^plugins:/m.test(text)
      ? [{ name: `${file}, block ${at + 1}`, text }]
      : [],
  ),
);

test('the documents have whole configurations', () => {
  expect(configurations.length).toBeGreaterThan(1);
});

test.each(configurations)('the configuration in $name is valid', ({ text }) => {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-docs-'));
  try {
    writeFileSync(join(folder, 'smtp'), 'smtp://127.0.0.1:25', { mode: 0o600 });
    writeFileSync(join(folder, 'understudy.yaml'), text);
    const loaded = loadConfig(join(folder, 'understudy.yaml'), { monitors, alerts: createAlerts(null, '') }, {});
    expect('problems' in loaded ? loaded.problems.map(formatProblem) : []).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the README is short', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});
