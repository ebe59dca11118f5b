/** A line of HAProxy's configuration as words: its quotes, escapes, variables and comments (manual, 2.2 and 2.3). */
import { splitWords } from '../cluster/shell-words.ts';

export interface Words {
  readonly words: readonly string[];
  /** After a `#`; null: there is none. */
  readonly comment: string | null;
  /** Variables of HAProxy's environment: their text stays as it is, unless the file has a value for want of them. */
  readonly variables: readonly { readonly text: string; readonly fallback: string | null }[];
  /** The quote that is not closed. */
  readonly open: '"' | "'" | null;
}

/** Outside of single quotes; before any other character the backslash stays. */
const escapes: Readonly<Record<string, string>> = {
  ' ': ' ',
  '\\': '\\',
  '#': '#',
  '"': '"',
  "'": "'",
  $: '$',
  r: '\r',
  n: '\n',
  t: '\t',
};

const variable = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_.]\w*)(?:\[\*\])?(?:-([^}]*))?\})/y;

export function readWords(line: string): Words {
  const variables: { text: string; fallback: string | null }[] = [];
  const { words, quote, end } = splitWords(line, (text, at, open) => {
    const char = text[at];
    if (char === '\\' && open !== "'") return escapeAt(text, at + 1);
    if (char === '#' && open === null) return 'end';
    variable.lastIndex = at;
    const named = char === '$' && open === '"' ? variable.exec(text) : null;
    if (named === null) return null;
    const fallback = named[3] ?? null;
    variables.push({ text: named[0], fallback });
    return { text: fallback ?? named[0], length: named[0].length };
  });
  const comment = end === line.length ? null : line.slice(end).replace(/^#+/, '').trim();
  return { words, comment, variables, open: quote };
}

function escapeAt(line: string, at: number): { readonly text: string; readonly length: number } | null {
  const hex = /^x([0-9a-f]{2})/i.exec(line.slice(at, at + 3))?.[1];
  if (hex !== undefined) return { text: String.fromCharCode(Number.parseInt(hex, 16)), length: 4 };
  const char = line[at] ?? '';
  const text = Object.hasOwn(escapes, char) ? escapes[char] : undefined;
  return text === undefined ? null : { text, length: 2 };
}
