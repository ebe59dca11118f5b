/** HAProxy's file as sections, each with the lines of its own and the `defaults` that it takes the others from. */

import type { Place } from '../cluster/cluster.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { wordSet } from '../cluster/shell-words.ts';
import type { SourceText } from '../import.ts';
import { readWords } from './words.ts';

export interface Line {
  readonly words: readonly string[];
  /** Comment lines above it, and the comment at its end. */
  readonly comments: readonly string[];
  readonly place: Place;
}

export interface Section {
  readonly kind: string;
  readonly name: string;
  readonly head: Line;
  /** The old form of `listen` and `frontend` has the address after the name. */
  readonly bind: string | null;
  readonly lines: readonly Line[];
  /** What it inherits. */
  readonly defaults: Section | null;
}

export interface Sections {
  readonly all: readonly Section[];
  /** Comments before the first section. */
  readonly comments: readonly string[];
}

const kinds = wordSet(`
  global defaults frontend backend listen peers resolvers userlist mailers cache program http-errors ring log-forward
  log-profile fcgi-app crt-store traces acme namespace_list ruleset healthcheck
`);

const proxies = new Set(['frontend', 'backend', 'listen']);

export function isProxy({ kind }: Section): boolean {
  return proxies.has(kind);
}

interface Draft extends Section {
  readonly lines: Line[];
}

export function readSections(source: SourceText, remarks: Remarks): Sections {
  const all: Draft[] = [];
  let comments: string[] = [];
  let first: readonly string[] | null = null;
  source.text.split('\n').forEach((raw, index) => {
    const place: Place = { file: source.name, line: index + 1 };
    const text = (index === 0 ? raw.replace(/^\uFEFF/, '') : raw).replace(/\r$/, '');
    const { words, comment, variables, open } = readWords(text);
    if (words.length === 0 && comment === null) {
      first ??= comments;
      comments = [];
      return;
    }
    if (comment !== null) comments.push(comment);
    if (words.length === 0) return;
    const line: Line = { words, comments: comments.filter((one) => one !== ''), place };
    comments = [];
    first ??= [];
    reportVariables(variables, place, remarks);
    const [keyword = '', name = ''] = words;
    if (open !== null) {
      remarks.skipped(place, `expected a closing ${open === '"' ? 'double' : 'single'} quote in ${shown(text)}`);
    } else if (keyword.startsWith('.')) {
      const why = 'a line with a condition is not understood; write the file as it is on this host';
      remarks.skipped(place, `${shown(words.join(' '))}: ${why}`);
    } else if (kinds.has(keyword)) {
      const bind = /^(frontend|listen)$/.test(keyword) && words[2] !== 'from' ? (words[2] ?? null) : null;
      all.push({ kind: keyword, name, head: line, bind, lines: [], defaults: defaultsOf(line, all, remarks) });
    } else if (all.length === 0) {
      remarks.skipped(place, `expected a section such as \`backend NAME\` before ${shown(words.join(' '))}, got none`);
    } else all.at(-1)?.lines.push(line);
  });
  return { all, comments: first ?? [] };
}

/** `from NAME`, or else the last one above (manual, 4); another `defaults` inherits only what it names. */
function defaultsOf({ words, place }: Line, above: readonly Section[], remarks: Remarks): Section | null {
  const [keyword = ''] = words;
  if (keyword !== 'defaults' && !proxies.has(keyword)) return null;
  const candidates = above.filter(({ kind }) => kind === 'defaults');
  const from = words.indexOf('from', 1);
  if (from === -1) return keyword === 'defaults' ? null : (candidates.at(-1) ?? null);
  const name = words[from + 1] ?? '';
  const named = candidates.findLast((section) => section.name === name);
  if (named === undefined) remarks.skipped(place, `expected a \`defaults ${name}\` above, got none`);
  return named ?? null;
}

function reportVariables(
  variables: readonly { readonly text: string; readonly fallback: string | null }[],
  place: Place,
  remarks: Remarks,
): void {
  for (const { text, fallback } of variables) {
    const value = fallback === null ? 'its value is not known here' : `${shown(fallback)} is taken, as the file has it`;
    const report = fallback === null ? remarks.skipped : remarks.changed;
    report(place, `${shown(text)} is of HAProxy's environment: ${value}`);
  }
}

/** The section, its `defaults`, and theirs. */
export function inherited(section: Section): readonly Section[] {
  return section.defaults === null ? [section] : [section, ...inherited(section.defaults)];
}

/** What the first section has that has any: its own lines hide those of its `defaults`. */
export function firstIn<T>(chain: readonly Section[], find: (lines: readonly Line[]) => T | undefined): T | undefined {
  for (const { lines } of chain) {
    const found = find(lines);
    if (found !== undefined) return found;
  }
  return undefined;
}
