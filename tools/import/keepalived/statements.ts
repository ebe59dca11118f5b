/** Words and braces as statements with blocks. Wrong nesting is a remark, and the rest is read. */
import type { Place } from '../cluster/cluster.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import type { SourceText } from '../import.ts';
import { type Token, tokenize } from './tokens.ts';

export interface Statement {
  /** The first is the keyword. */
  readonly words: readonly string[];
  readonly block: readonly Statement[] | null;
  /** Those right above it, and at the end of its line. */
  readonly comments: readonly string[];
  readonly place: Place;
  readonly source: SourceText;
  /** In the text of its source; from the comments above it to the end of its last line. */
  readonly span: Span;
  /** A line `$NAME=value`. */
  readonly definition: boolean;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Open {
  readonly statements: Statement[];
  readonly head: Head | null;
}

interface Head {
  readonly words: string[];
  readonly comments: string[];
  readonly line: number;
  readonly start: number;
}

const maxDepth = 20;

export function parseStatements(source: SourceText, remarks: Remarks): readonly Statement[] {
  const { tokens, openQuotes } = tokenize(source.text);
  const placeOf = (line: number): Place => ({ file: source.name, line });
  for (const line of openQuotes) remarks.error(placeOf(line), 'expected a closing `"` on this line, got none');

  const top: Statement[] = [];
  const stack: Open[] = [{ statements: top, head: null }];
  let head: Head | null = null;
  /** Comment lines that the next statement may be about. */
  let above: { readonly texts: string[]; readonly start: number } | null = null;
  let lastLine: Token['kind'] = 'end-of-line';
  let tooDeep = 0;
  let opensLater = false;

  const here = () => stack.at(-1) ?? { statements: top, head: null };
  const finish = (words: Head, end: number, block: readonly Statement[] | null, definition = false) => {
    const span = { start: words.start, end: restOfLine(source.text, end) };
    const { comments, line } = words;
    here().statements.push({
      words: words.words,
      block,
      comments,
      place: placeOf(line),
      source,
      span,
      definition,
    });
  };
  const begin = (token: Token): Head => {
    const started: Head = {
      words: [],
      comments: above?.texts ?? [],
      line: token.line,
      start: above?.start ?? startOfLine(source.text, token.start),
    };
    above = null;
    return started;
  };

  tokens.forEach((token, index) => {
    switch (token.kind) {
      case 'word':
        head ??= begin(token);
        head.words.push(token.text);
        break;
      case 'definition': {
        const words = begin(token);
        words.words.push(token.text);
        finish(words, token.end, null, true);
        break;
      }
      case 'comment': {
        const trailing = lastLine !== 'end-of-line';
        const owner = head ?? (trailing ? lastOpened(here()) : null);
        if (owner !== null) owner.comments.push(token.text);
        else if (!trailing) {
          above ??= { texts: [], start: startOfLine(source.text, token.start) };
          above.texts.push(token.text);
        }
        break;
      }
      case 'open': {
        if (tooDeep > 0 || stack.length > maxDepth) {
          if (tooDeep === 0)
            remarks.error(placeOf(token.line), `expected at most ${maxDepth} blocks in each other, got more`);
          tooDeep += 1;
          head = null;
          break;
        }
        const opened = head ?? begin(token);
        if (head === null) remarks.error(placeOf(token.line), 'expected a keyword in front of `{`, got none');
        stack.push({ statements: [], head: opened });
        head = null;
        break;
      }
      case 'close': {
        if (tooDeep > 0) {
          tooDeep -= 1;
          head = null;
          break;
        }
        if (head !== null) finish(head, token.start, null);
        head = null;
        above = null;
        const closed = stack.length > 1 ? stack.pop() : undefined;
        if (closed?.head == null) remarks.error(placeOf(token.line), 'expected a `{` before this `}`, got none');
        else finish(closed.head, token.end, closed.statements);
        break;
      }
      case 'end-of-line':
        // The brace may stand on a line of its own.
        opensLater ||= head !== null && opensNext(tokens, index);
        if (head !== null && !opensLater) {
          finish(head, token.start, null);
          head = null;
        }
        if (lastLine === 'end-of-line') above = null;
        break;
      default:
        token.kind satisfies never;
    }
    if (token.kind === 'open') opensLater = false;
    lastLine = token.kind;
  });

  for (const { head: unclosed, statements } of stack.slice(1).reverse()) {
    if (unclosed === null) continue;
    const what = shown(unclosed.words.join(' '));
    remarks.error(placeOf(unclosed.line), `expected a \`}\` that ends ${what}, got the end of the file`);
    stack.pop();
    finish(unclosed, source.text.length, statements);
  }
  return top;
}

/** A comment after `{` is about the block. */
function lastOpened({ statements, head }: Open): Head | null {
  return statements.length === 0 ? head : null;
}

function opensNext(tokens: readonly Token[], from: number): boolean {
  for (let at = from; at < tokens.length; at += 1) {
    const kind = tokens[at]?.kind;
    if (kind !== 'end-of-line' && kind !== 'comment') return kind === 'open';
  }
  return false;
}

function startOfLine(text: string, at: number): number {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  // More than blanks in front: another statement's line.
  return text.slice(start, at).trim() === '' ? start : at;
}

/** Past the line's end where only blanks or a comment follow. */
function restOfLine(text: string, end: number): number {
  const lineEnd = text.indexOf('\n', end);
  const rest = text.slice(end, lineEnd === -1 ? text.length : lineEnd);
  if (!/^[ \t\r]*([#!].*)?$/s.test(rest)) return end;
  return lineEnd === -1 ? text.length : lineEnd + 1;
}
