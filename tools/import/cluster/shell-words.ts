/** Lines as words, with quotes and escapes. */

/** The words of a text, as a set. */
export function wordSet(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

type Quote = '"' | "'" | null;

/** What a format reads at a place: a text in place of `length` characters, the end of the words, or null: a plain character. */
type Special = (
  text: string,
  at: number,
  quote: Quote,
) => { readonly text: string; readonly length: number } | 'end' | null;

/** `quote`: the one that is not closed. `end`: where a special character ended the words, or the length of the text. */
export function splitWords(
  text: string,
  special: Special,
): { readonly words: readonly string[]; readonly quote: Quote; readonly end: number } {
  const words: string[] = [];
  let word: string | null = null;
  let quote: Quote = null;
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? '';
    const read = special(text, at, quote);
    if (read === 'end') break;
    at += read?.length ?? 1;
    if (read !== null) word = (word ?? '') + read.text;
    else if (char === quote) quote = null;
    else if (quote === null && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (quote === null && /\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (word !== null) words.push(word);
  return { words, quote, end: at };
}

export type Split =
  | { readonly words: readonly string[] }
  /** Pipes, substitutions and the like. */
  | { readonly needs: 'shell' };

/** A `?` or brackets are mostly part of a URL, which a shell hands on as well when no file has such a name. */
const special = /[|&;<>()$`*~\n]/;

/** A command line as a shell would split it (POSIX, XCU 2.2), or a sign that it takes a shell to run it. */
export function splitCommand(line: string): Split {
  const { words, quote, end } = splitWords(line, (text, at, open) => {
    const char = text[at] ?? '';
    const next = text[at + 1];
    if (open === "'") return null;
    if (char === '\\' && next !== undefined) {
      return { text: open === '"' && !/[$`"\\\n]/.test(next) ? `\\${next}` : next, length: 2 };
    }
    if (open === '"') return /[$`]/.test(char) ? 'end' : null;
    return special.test(char) || (char === '#' && /^$|\s/.test(text[at - 1] ?? '')) ? 'end' : null;
  });
  // An assignment in front of the program is the shell's to do.
  const isPlain = quote === null && end === line.length && !/^[A-Za-z_]\w*=/.test(words[0] ?? '');
  return isPlain ? { words } : { needs: 'shell' };
}
