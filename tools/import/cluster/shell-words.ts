/** Splits a command line into words as a shell would (POSIX, XCU 2.2), or finds that it takes a shell to run it. */

/** The words of a text, as a set. */
export function wordSet(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

export type Split =
  | { readonly words: readonly string[] }
  /** Pipes, substitutions and the like. */
  | { readonly needs: 'shell' };

/** A `?` or brackets are mostly part of a URL, which a shell hands on as well when no file has such a name. */
const special = /[|&;<>()$`*~\n]/;

export function splitWords(line: string): Split {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (quote === "'") {
      if (char === "'") quote = null;
      else word += char;
    } else if (char === '\\' && at + 1 < line.length) {
      at += 1;
      const next = line[at] ?? '';
      word = (word ?? '') + (quote === '"' && !/[$`"\\\n]/.test(next) ? `\\${next}` : next);
    } else if (quote === '"') {
      if (char === '"') quote = null;
      else if (char === '$' || char === '`') return { needs: 'shell' };
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char) && char !== '\n') {
      if (word !== null) words.push(word);
      word = null;
    } else if (special.test(char) || (char === '#' && word === null)) return { needs: 'shell' };
    else word = (word ?? '') + char;
  }
  if (quote !== null) return { needs: 'shell' };
  if (word !== null) words.push(word);
  // An assignment in front of the program is the shell's to do.
  return /^[A-Za-z_]\w*=/.test(words[0] ?? '') ? { needs: 'shell' } : { words };
}
