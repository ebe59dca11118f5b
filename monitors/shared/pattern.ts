import { types } from 'node:util';
import { createContext, Script } from 'node:vm';

/** Returns whether a text matches; null: it took too long. */
export type Matches = (text: string) => boolean | null;

/** V8 aborts a script, including the backtracking of an expression, after this time. */
const patienceMs = 50;
/** This is wall time: a busy machine may not have given us any of it. */
const attempts = 3;

const test = new Script('expression.test(text)');

/** `/PATTERN/flags` is a regular expression, anything else is matched by `literal`. null: an invalid expression. */
export function matcher(pattern: string, literal = pattern): Matches | null {
  const parts = /^\/(.+)\/([imsu]*)$/s.exec(pattern);
  if (parts === null) return (text) => text.includes(literal);
  try {
    return sparingly(patiently(new RegExp(parts[1] ?? '', parts[2])));
  } catch {
    return null;
  }
}

/** The server chooses the text, and some expressions take very long for some texts; no server would be checked meanwhile. */
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

/** It may come from the script's own context, which has a different `Error`. */
function isTimeout(error: unknown): boolean {
  return types.isNativeError(error) && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

const tiredAfter = 3;
const restingLooks = 100;

/** After three matches in a row that took too long, only every hundredth is tried: all checks share one thread. */
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
