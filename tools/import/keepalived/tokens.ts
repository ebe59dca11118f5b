/** keepalived.conf(5) as words, braces and comments, each with its place. */

export interface Token {
  /** `definition`: a line `$NAME=value`, with the lines that it is continued on. */
  readonly kind: 'word' | 'open' | 'close' | 'comment' | 'definition' | 'end-of-line';
  /** Without quotes; a comment without its sign. */
  readonly text: string;
  readonly line: number;
  /** Offsets into the text; `end` is after the last character. */
  readonly start: number;
  readonly end: number;
}

export interface Tokens {
  readonly tokens: readonly Token[];
  /** Line of a quote that nothing closes before its line ends. */
  readonly openQuotes: readonly number[];
}

export function tokenize(text: string): Tokens {
  const tokens: Token[] = [];
  const openQuotes: number[] = [];
  let line = 1;
  let at = 0;
  let fresh = true;
  const push = (kind: Token['kind'], start: number, content: string) =>
    tokens.push({ kind, text: content, line, start, end: at });

  while (at < text.length) {
    const char = text[at] ?? '';
    const start = at;
    if (char === '\n') {
      at += 1;
      push('end-of-line', start, '');
      line += 1;
      fresh = true;
    } else if (/\s/.test(char)) at += 1;
    else if (char === '\\' && /^\\[ \t\r]*\n/.test(text.slice(at, at + 200))) {
      at = text.indexOf('\n', at) + 1;
      line += 1;
    } else if (char === '#' || char === '!') {
      at = lineEnd(at);
      push(
        'comment',
        start,
        text
          .slice(start, at)
          .replace(/^[#!]+/, '')
          .trim(),
      );
    } else if (fresh && char === '$' && /^\$[A-Za-z_]\w*[ \t]*=/.test(text.slice(at, at + 200))) {
      const first = line;
      at = lineEnd(at);
      while (text[at] === '\n' && /\\[ \t\r]*$/.test(text.slice(Math.max(start, at - 200), at))) {
        at = lineEnd(at + 1);
        line += 1;
      }
      tokens.push({ kind: 'definition', text: text.slice(start, at), line: first, start, end: at });
    } else {
      fresh = false;
      if (char === '{' || char === '}') {
        at += 1;
        push(char === '{' ? 'open' : 'close', start, char);
      } else push('word', start, word());
    }
  }
  at = text.length;
  push('end-of-line', at, '');
  return { tokens, openQuotes };

  function lineEnd(from: number): number {
    const end = text.indexOf('\n', from);
    return end === -1 ? text.length : end;
  }

  function word(): string {
    let content = '';
    let quoted = false;
    for (; at < text.length; at += 1) {
      const char = text[at] ?? '';
      if (char === '\n') break;
      if (char === '\\' && /[\\"!#]/.test(text[at + 1] ?? '')) {
        at += 1;
        content += text[at];
      } else if (char === '"') quoted = !quoted;
      else if (quoted) content += char;
      else if (char === '$' && text[at + 1] === '{') {
        const end = /^\$\{\w*\}/.exec(text.slice(at, at + 200))?.[0] ?? '${';
        content += end;
        at += end.length - 1;
      } else if (/[\s{}#!]/.test(char)) break;
      else content += char;
    }
    if (quoted) openQuotes.push(line);
    return content;
  }
}
