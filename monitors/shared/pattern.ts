import { types } from 'node:util';
import { createContext, Script } from 'node:vm';

/** Tells whether a text has what is looked for; null when that took too long. */
export type Matches = (text: string) => boolean | null;

/** V8 breaks off a script, and with it the backtracking of an expression, after so long. */
const patienceMs = 50;
/** It goes by the clock on the wall: a busy machine may have given us nothing of that time. */
const attempts = 3;

const test = new Script('expression.test(text)');

/** `/PATTERN/flags` is a regular expression, anything else is found as `literal` has it. null: it is not an expression. */
export function matcher(pattern: string, literal = pattern): Matches | null {
  const parts = /^\/(.+)\/([imsu]*)$/s.exec(pattern);
  if (parts === null) return (text) => text.includes(literal);
  try {
    return sparingly(patiently(new RegExp(parts[1] ?? '', parts[2])));
  } catch {
    return null;
  }
}

/** The server chooses the text, and some expressions take ages for some texts; meanwhile nobody would be checked. */
function patiently(expression: RegExp): Matches {
  const world = createContext({ expression, text: '' });
  return (text) => {
    world['text'] = text;
    try {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const before = process.cpuUsage();
        try {
          return Boolean(test.runInContext(world, { timeout: patienceMs }));
        } catch (error) {
          if (!isTimeout(error)) throw error;
          if (process.cpuUsage(before).user >= patienceMs * 500) return null;
        }
      }
      return null;
    } finally {
      world['text'] = '';
    }
  };
}

/** It may come out of the script's own world, where `Error` is another one. */
function isTimeout(error: unknown): boolean {
  return types.isNativeError(error) && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

const tiredAfter = 3;
const restingLooks = 100;

/** After three looks in a row that took too long, only every hundredth is tried: all checks share one thread. */
export function sparingly(matches: Matches): Matches {
  let inARow = 0;
  let resting = 0;
  return (text) => {
    if (resting > 0) {
      resting -= 1;
      return null;
    }
    const found = matches(text);
    inARow = found === null ? inARow + 1 : 0;
    if (inARow >= tiredAfter) resting = restingLooks - 1;
    return found;
  };
}
