import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonSchema } from '../../src/cli/read-config.ts';
import { referencePages } from '../../src/reference.ts';

const pages = referencePages(await jsonSchema(null, {}));

test.each([...pages])('docs/%s is as generated: npm run docs', (name, text) => {
  expect(readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8')).toBe(text);
});
