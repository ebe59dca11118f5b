import type { Verdict } from '../../src/plugin/plugin.ts';
import type { Ending } from './run.ts';
import { unknown } from './verdicts.ts';

const notStarted: Readonly<Record<string, string>> = { ENOENT: 'not found', EACCES: 'not executable' };

/** 126 and 127 come from a shell: found but not executable, not found (POSIX, XCU 2.8.2). */
const shellProblem: Readonly<Record<number, string>> = { 126: 'not executable', 127: 'not found' };

/**
 * A problem of the program itself, which is no verdict on a server: it could not be started, crashed, or was killed by an
 * operator or for lack of memory. null: it ended by itself, and its exit status counts.
 */
export function ownProblem(file: string, ending: Ending): Verdict | null {
  switch (ending.how) {
    case 'not started':
      return unknown(`${file}: ${notStarted[ending.code] ?? ending.code}`);
    case 'too much output':
      return unknown(`${file}: output longer than 64 kB`);
    case 'signal':
      return unknown(`${file}: ended by ${ending.signal}`, said(ending));
    case 'exit': {
      const problem = shellProblem[ending.code];
      return problem === undefined ? null : unknown(`${file}: ${problem}`, said(ending));
    }
    default:
      return ending satisfies never;
  }
}

export function said({ output, errors }: { readonly output: string; readonly errors: string }): string {
  return `${output}${errors}`
    .replaceAll(/[^\n -~]+/g, ' ')
    .trim()
    .slice(0, 2000);
}
