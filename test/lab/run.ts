// node dist/test/lab/run.js [--kernel uml|debian] [NAME] [ARGS...]: runs guest/NAME.js in the lab and prints what it says.
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { bootLab } from './boot.ts';
import { LabUnavailable } from './packages.ts';
import { describeResult, readResult } from './results.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: path.join(import.meta.dirname, 'out') },
    kernel: { type: 'string', default: 'uml' },
    timeout: { type: 'string', default: '1800' },
  },
});
const [name = 'smoke', ...args] = positionals;

const { kernel } = values;
if (kernel !== 'uml' && kernel !== 'debian') throw new Error(`expected --kernel uml or debian, got \`${kernel}\``);

try {
  const { status, bootMs, tookMs } = await bootLab({
    kernel,
    script: path.join(import.meta.dirname, 'guest', `${name}.js`),
    args,
    outDir: values.out,
    timeoutMs: Number(values.timeout) * 1000,
    onLine: (line) => {
      const result = readResult(line);
      console.log(result === null ? line : describeResult(result));
    },
  });
  console.log(`lab: ${name} ended with ${status}; boot ${Math.round(bootMs)} ms, all ${Math.round(tookMs)} ms`);
  process.exitCode = status;
} catch (error) {
  console.error(error instanceof LabUnavailable ? `lab: cannot run here: ${error.message}` : error);
  process.exitCode = 1;
}
