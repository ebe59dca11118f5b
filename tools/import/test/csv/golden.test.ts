import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importCsv } from '../../csv/index.ts';
import { checked, filesIn, fixtures, goldenText } from '../imported.ts';

const folder = join(fixtures, 'csv');

test.each(readdirSync(folder))('%s gives what its golden file says', async (name) => {
  const imported = importCsv(filesIn(join(folder, name)));
  await expect(goldenText(imported)).toMatchFileSnapshot(join(import.meta.dirname, 'golden', `${name}.yaml`));
  if (imported.remarks.some(({ kind }) => kind === 'error')) return;
  const { config, told } = checked(imported);
  expect(config, told.join('\n')).not.toBeNull();
});
