/** A test of a value inside a JSON document: `streams[0].viewers < 100`, `state == "live"`, `a.b`. */
export interface JsonTest {
  readonly text: string;
  /** A number is an index into a list. */
  readonly path: readonly (string | number)[];
  /** null: any value will do. */
  readonly wanted: { readonly operator: Operator; readonly value: Scalar } | null;
}

type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';
type Scalar = string | number | boolean | null;

const step = /^(?:\.?([A-Za-z_$][\w$-]*)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\])/;

/** null: malformed. */
export function readJsonTest(text: string): JsonTest | null {
  const path: (string | number)[] = [];
  let rest = text.trim();
  for (let found = step.exec(rest); found !== null; found = step.exec(rest)) {
    const [whole, name, place, quoted] = found;
    if (name !== undefined && path.length > 0 !== whole.startsWith('.')) return null;
    const key = quoted === undefined ? name : parse(quoted);
    if (place === undefined && typeof key !== 'string') return null;
    path.push(typeof key === 'string' ? key : Number(place));
    rest = rest.slice(whole.length);
  }
  if (path.length === 0) return null;
  if (rest.trim() === '') return { text, path, wanted: null };
  const comparison = /^\s*(==|!=|<=|>=|<|>)\s*(\S.*)$/.exec(rest);
  if (comparison === null) return null;
  const operator = comparison[1] as Operator;
  const value = scalar((comparison[2] ?? '').trim());
  if (value === undefined || (isOrder(operator) && typeof value !== 'number')) return null;
  return { text, path, wanted: { operator, value } };
}

/** A JSON value, or a bare word as text. */
function scalar(text: string): Scalar | undefined {
  if (/^[A-Za-z_][\w.:/-]*$/.test(text) && !/^(true|false|null)$/.test(text)) return text;
  const value = parse(text);
  return typeof value === 'object' && value !== null ? undefined : (value as Scalar | undefined);
}

function isOrder(operator: Operator): boolean {
  return operator.startsWith('<') || operator.startsWith('>');
}

/** The value at the path; undefined if there is none. `length` of a list is its length. */
export function valueAt(document: unknown, path: JsonTest['path']): unknown {
  let value = document;
  for (const key of path) {
    if (Array.isArray(value)) {
      if (key !== 'length' && typeof key !== 'number') return undefined;
      value = value[key];
    } else if (typeof value === 'object' && value !== null && Object.hasOwn(value, key))
      value = (value as Record<string | number, unknown>)[key];
    else return undefined;
  }
  return value;
}

export function holds({ wanted }: JsonTest, value: unknown): boolean {
  if (value === undefined) return false;
  if (wanted === null) return true;
  if (wanted.operator === '==') return value === wanted.value;
  if (wanted.operator === '!=') return value !== wanted.value;
  const number = numberOf(value);
  if (number === null || typeof wanted.value !== 'number') return false;
  switch (wanted.operator) {
    case '<':
      return number < wanted.value;
    case '<=':
      return number <= wanted.value;
    case '>':
      return number > wanted.value;
    case '>=':
      return number >= wanted.value;
    default:
      return wanted.operator satisfies never;
  }
}

/** Many servers write their numbers as text. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
