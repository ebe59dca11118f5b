import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importMon } from '../../mon/index.ts';
import { checked, fixtures, goldenText } from '../imported.ts';

const folder = join(fixtures, 'mon');

test.each(readdirSync(folder))('%s gives what its golden file says', async (name) => {
  const file = { name, text: readFileSync(join(folder, name), 'utf8') };
  const imported = importMon({ file, hosts: null });
  await expect(goldenText(imported)).toMatchFileSnapshot(join(import.meta.dirname, 'golden', `${name}.yaml`));
  if (imported.remarks.some(({ kind }) => kind === 'error')) return;
  const { config, told } = checked(imported);
  expect(config, told.join('\n')).not.toBeNull();
});
