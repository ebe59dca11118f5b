/** A line of HAProxy's configuration as words: its quotes, escapes, variables and comments (manual, 2.2 and 2.3). */

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
  const words: string[] = [];
  const variables: { text: string; fallback: string | null }[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    const escaped = char === '\\' && quote !== "'" ? escapeAt(line, at + 1) : null;
    variable.lastIndex = at;
    const named = char === '$' && quote === '"' ? variable.exec(line) : null;
    if (escaped !== null) {
      word = (word ?? '') + escaped.text;
      at += escaped.length;
    } else if (char === quote) quote = null;
    else if (quote === null && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (named !== null) {
      const fallback = named[3] ?? null;
      variables.push({ text: named[0], fallback });
      word = (word ?? '') + (fallback ?? named[0]);
      at += named[0].length - 1;
    } else if (quote === null && char === '#') {
      if (word !== null) words.push(word);
      return { words, comment: line.slice(at).replace(/^#+/, '').trim(), variables, open: null };
    } else if (quote === null && /\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (word !== null) words.push(word);
  return { words, comment: null, variables, open: quote };
}

function escapeAt(line: string, at: number): { readonly text: string; readonly length: number } | null {
  const hex = /^x([0-9a-f]{2})/i.exec(line.slice(at, at + 3))?.[1];
  if (hex !== undefined) return { text: String.fromCharCode(Number.parseInt(hex, 16)), length: 3 };
  const char = line[at] ?? '';
  const text = Object.hasOwn(escapes, char) ? escapes[char] : undefined;
  return text === undefined ? null : { text, length: 1 };
}
