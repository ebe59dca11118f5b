/** mon.cf as statements: lines continued by `\` are one, comments stand by what follows them, a blank line ends a record. */

export type Statement = { readonly kind: 'blank'; readonly line: number } | Words;

export interface Words {
  readonly kind: 'words';
  /** Of its first line, from 1. */
  readonly line: number;
  /** Without blanks around it. */
  readonly text: string;
  /** Comment lines above it. */
  readonly comments: readonly string[];
}

export function readStatements(text: string): readonly Statement[] {
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  const lines = source.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  const statements: Statement[] = [];
  let comments: string[] = [];
  let open: { line: number; parts: string[] } | null = null;
  const close = (): void => {
    if (open === null) return;
    const whole = open.parts.join(' ').trim();
    if (whole !== '') statements.push({ kind: 'words', line: open.line, text: whole, comments });
    comments = [];
    open = null;
  };
  lines.forEach((raw, at) => {
    const content = raw.trim();
    if (open === null && content.startsWith('#')) {
      const comment = content.replace(/^#+\s?/, '').trimEnd();
      if (comment !== '') comments.push(comment);
      return;
    }
    if (open === null && content === '') {
      statements.push({ kind: 'blank', line: at + 1 });
      return;
    }
    open ??= { line: at + 1, parts: [] };
    if (content.endsWith('\\')) open.parts.push(content.slice(0, -1).trim());
    else {
      open.parts.push(content);
      close();
    }
  });
  close();
  return statements;
}

/** Words as a shell quotes them, without globs and variables; a quote that is not closed is as it stands. */
export function splitQuoted(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '"' || char === "'") {
      const end = closingQuote(text, at + 1, char);
      if (end === -1) word = (word ?? '') + char;
      else {
        const inside = text.slice(at + 1, end);
        word = (word ?? '') + (char === '"' ? inside.replaceAll(/\\(.)/gs, '$1') : inside);
        at = end;
      }
    } else if (char === '\\' && at + 1 < text.length) {
      at += 1;
      word = (word ?? '') + (text[at] ?? '');
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (word !== null) words.push(word);
  return words;
}

function closingQuote(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}
