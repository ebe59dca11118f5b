import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { importKeepalived } from '../../keepalived/index.ts';
import { expectGolden } from '../cluster/golden.ts';

const folder = join(import.meta.dirname, 'fixtures');
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.conf'));

test.each(fixtures)('%s becomes a valid configuration, and every other line a remark', (name) =>
  expectGolden(importKeepalived, folder, name),
);
