// Runs `understudy apply --yes` of the configuration file that it is given, when told so by a line on stdin. Everything
// is loaded by then: who kills it hits the applying.
import { once } from 'node:events';
import { runInProcess } from './in-process.ts';

const [file = ''] = process.argv.slice(2);
await runInProcess(['plan', '--config', file]);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const { status, stderr } = await runInProcess(['apply', '--yes', '--config', file]);
process.stderr.write(stderr);
process.exit(status);
