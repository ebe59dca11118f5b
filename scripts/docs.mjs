// `npm run docs`: writes the generated pages of docs/. A test compares them with what is generated.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();
const { referencePages } = await import('../dist/src/reference.js');
const { jsonSchema } = await import('../dist/src/cli/read-config.js');
for (const [name, text] of referencePages(await jsonSchema(null, process.env))) {
  writeFileSync(join(root, 'docs', name), text);
  console.log(`docs/${name}`);
}
