/** Records without end, and says after each record what is now on disk; to be killed in the middle. */
import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/open.ts';
import { notice, statusChange } from './rows.ts';

const store = openStore(process.argv[2] ?? '');
for (let count = 0; ; count += 1) {
  store.record({
    changes: [statusChange({ atMs: count, detail: 'x'.repeat(500) })],
    notices: [notice({ id: `n${count}`, recipient: `r${count}` })],
  });
  writeSync(1, `${count}\n`);
}
