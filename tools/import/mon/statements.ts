/** mon.cf as statements: lines continued by `\` are one, comments stand by what follows them, a blank line ends a record. */
import { splitWords } from '../cluster/shell-words.ts';

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

/** Words as a shell quotes them, without globs and variables; a quote that is not closed is a plain character. */
export function splitQuoted(line: string): readonly string[] {
  return splitWords(line, (text, at, quote) => {
    const [char = '', next] = [text[at], text[at + 1]];
    if (char === '\\' && quote !== "'" && next !== undefined) return { text: next, length: 2 };
    const isOpen = quote === null && (char === '"' || char === "'") && closingQuote(text, at + 1, char) === -1;
    return isOpen ? { text: char, length: 1 } : null;
  }).words;
}

function closingQuote(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}
