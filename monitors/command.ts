import { type Check, Deadline, defineMonitor, field, type Target, type Verdict } from '../src/plugin.ts';
import { type Ending, runToEnd } from './command/run.ts';
import { plain, quote } from './shared/quote.ts';
import { fail, silence, unknown, verdict } from './shared/verdicts.ts';

type Convention = 'exit' | 'nagios';

/** What a program may know of our environment, which also holds secrets. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

const notStarted: Readonly<Record<string, string>> = { ENOENT: 'not found', EACCES: 'not executable' };

/** 126 and 127 are a shell's own: found but not executable, not found (POSIX, XCU 2.8.2). */
const shellTrouble: Readonly<Record<number, string>> = { 126: 'not executable', 127: 'not found' };

const nagiosStatus: Readonly<Record<number, Verdict['status']>> = { 0: 'ok', 1: 'overloaded', 2: 'fail', 3: 'unknown' };

function judge(file: string, convention: Convention, ending: Ending): Verdict {
  switch (ending.how) {
    case 'not started':
      return unknown(`${file}: ${notStarted[ending.code] ?? ending.code}`);
    case 'too much output':
      return fail('output longer than 64 kB');
    case 'signal':
      return fail(`ended by ${ending.signal}`, said(ending));
    case 'exit': {
      const trouble = shellTrouble[ending.code];
      if (trouble !== undefined) return unknown(`${file}: ${trouble}`, said(ending));
      const status =
        convention === 'nagios' ? (nagiosStatus[ending.code] ?? 'unknown') : ending.code === 0 ? 'ok' : 'fail';
      return verdict(status, summaryOf(ending.output, ending.errors, ending.code, convention), said(ending));
    }
    default:
      return ending satisfies never;
  }
}

function summaryOf(output: string, errors: string, code: number, convention: Convention): string {
  for (const text of [output, errors]) {
    const line = text.split('\n').find((candidate) => plain(candidate) !== '') ?? '';
    // What follows `|` is performance data: numbers that vary.
    const words = plain(convention === 'nagios' ? (line.split('|')[0] ?? '') : line, 200);
    if (words !== '') return words;
  }
  return code === 0 ? 'exit status 0' : `exit status ${code}`;
}

function said({ output, errors }: { readonly output: string; readonly errors: string }): string {
  return `${output}${errors}`
    .replaceAll(/[^\n -~]+/g, ' ')
    .trim()
    .slice(0, 2000);
}

/** The convention for plugins is that silence is UNKNOWN; a plain program has no other way to say that it hangs. */
function late(file: string, convention: Convention, { afterMs }: Deadline): Verdict {
  const detail = `${file}: killed after ${afterMs} ms`;
  return convention === 'nagios' ? unknown('no verdict', detail) : silence('no verdict', detail);
}

function fillIn(word: string, target: Target): string {
  return word.replaceAll('{address}', target.address).replaceAll('{server}', target.server);
}

function environment(target: Target): NodeJS.ProcessEnv {
  const known = passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return {
    ...Object.fromEntries(known),
    UNDERSTUDY_ADDRESS: target.address,
    UNDERSTUDY_SERVER: target.server,
  };
}

export const command = defineMonitor({
  type: 'command',
  about: 'Runs a program and takes its exit status for the verdict',
  options: field.object({
    run: field
      .list(field.text())
      .min(1, 'expected a program and its arguments')
      .describe('Program and arguments, run without a shell; {address} and {server} are filled in'),
    convention: field
      .oneOf(['exit', 'nagios'])
      .default('exit')
      .describe('`exit`: 0 is ok; `nagios`: 0 ok, 1 overloaded, 2 fail, 3 unknown'),
  }),
  network: false,
  prepare({ run, convention }): Check {
    const [file = ''] = run;
    const name = quote(file);
    return async (target, { signal, trace }) => {
      if (signal.reason instanceof Deadline) return unknown('deadline passed before the check began');
      const words = run.map((word) => fillIn(word, target));
      trace.sent(`${words.join(' ')}\n`);
      try {
        const ending = await runToEnd(words, environment(target), signal);
        if ('output' in ending) trace.received(`${ending.output}${ending.errors}`);
        return judge(name, convention, ending);
      } catch (error) {
        if (error instanceof Deadline) return late(name, convention, error);
        throw error;
      }
    };
  },
});
