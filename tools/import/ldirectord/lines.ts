/** ldirectord.cf(5) as settings: global ones, and those of each `virtual`. */

import type { Place } from '../cluster/cluster.ts';
import type { Remarks } from '../cluster/remarks.ts';
import { wordSet } from '../cluster/shell-words.ts';
import type { SourceText } from '../import.ts';

export interface Setting {
  /** In lower case, without the `6` of `real6` and its like. */
  readonly key: string;
  /** Without the quotes around all of it. */
  readonly value: string;
  readonly comments: readonly string[];
  readonly place: Place;
}

export interface Virtual {
  readonly head: Setting;
  readonly settings: readonly Setting[];
}

export interface Directives {
  readonly globals: readonly Setting[];
  readonly virtuals: readonly Virtual[];
  /** Lines of the file before the first setting. */
  readonly comments: readonly string[];
}

/** These make no sense outside of a `virtual`, however a line is indented. */
const onlyVirtual = wordSet(`
  real scheduler persistent netmask protocol service request receive virtualhost checkport httpmethod login passwd
  database secret load ops
`);

export function readDirectives(source: SourceText, remarks: Remarks): Directives {
  const globals: Setting[] = [];
  const virtuals: { head: Setting; settings: Setting[] }[] = [];
  let comments: string[] = [];
  let first: readonly string[] | null = null;
  source.text.split('\n').forEach((raw, index) => {
    const line = raw.replace(/\r$/, '');
    const place: Place = { file: source.name, line: index + 1 };
    if (line.trim() === '') {
      first ??= comments;
      comments = [];
      return;
    }
    const comment = /^\s*#+(.*)$/.exec(line);
    if (comment !== null) {
      comments.push((comment[1] ?? '').trim());
      return;
    }
    const { text, trailing } = withoutComment(line);
    const [, written = '', rest = ''] = /^\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*$/.exec(text) ?? [];
    const bare = /^\s*(supervised|fork)\s*$/.exec(text)?.[1];
    if (written === '' && bare === undefined) {
      remarks.expected(place, '`key = value`', text);
      return;
    }
    const key = (bare ?? written).toLowerCase().replace(/^(virtual|real|fallback)6$/, '$1');
    const setting: Setting = { key, value: unquoted(rest), comments: [...comments, ...trailing], place };
    comments = [];
    const current = virtuals.at(-1);
    if (key === 'virtual') virtuals.push({ head: setting, settings: [] });
    else if (/^\s/.test(line) || onlyVirtual.has(key)) {
      if (current !== undefined) current.settings.push(setting);
      else if (onlyVirtual.has(key))
        remarks.skipped(place, `expected a line \`virtual = ...\` before \`${key}\`, got none`);
      else globals.push(setting);
    } else globals.push(setting);
  });
  return { globals, virtuals, comments: first ?? [] };
}

/** The text without a comment, which begins with `#` outside of quotes. */
function withoutComment(line: string): { readonly text: string; readonly trailing: readonly string[] } {
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '#' && /\s/.test(line[at - 1] ?? '')) {
      return { text: line.slice(0, at), trailing: [line.slice(at).replace(/^#+/, '').trim()] };
    }
  }
  return { text: line, trailing: [] };
}

export function unquoted(text: string): string {
  return /^(["'])([\s\S]*)\1$/.exec(text)?.[2] ?? text;
}
