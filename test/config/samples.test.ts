import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Plugins } from '../../src/config/kinds.ts';
import { loadConfig } from '../../src/config/load.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'etc');
const samples = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const lists = ['monitors', 'alerts'].map((name) => join(root, name, 'index.ts'));

test.runIf(lists.every((file) => existsSync(file))).each(samples)(
  'etc/%s is right, without a warning',
  async (name) => {
    const [monitors, alerts] = await Promise.all(lists.map((file) => import(file) as Promise<Plugins>));
    const plugins = { monitors: monitors?.monitors ?? new Map(), alerts: alerts?.alerts ?? new Map() };
    const loaded = loadConfig(join(folder, name), plugins, {});
    expect(loaded).not.toHaveProperty('problems');
    expect(loaded).toMatchObject({ warnings: [] });
  },
);
