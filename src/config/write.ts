/** Writes a configuration as text for people: everything that fits on one line is on one line, as in etc/example.yaml. */
import { stringify } from 'yaml';

const width = 120;
const step = '  ';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g;
/** Three dashes or dots would end the document, `<<` would be a merge key, and half a surrogate pair is no character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const needsEscapes = /^(---|\.\.\.|<<$)|[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff]/;

/** A configuration before it is written, in the shape of the YAML document. */
export interface ConfigDocument {
  /** Comment lines at the top, without `#`. */
  readonly head: readonly string[];
  /** `servers`, `monitors`, ... as plain values; the order of keys is kept. */
  readonly sections: Readonly<Record<string, unknown>>;
  /** Comment lines above the key at a path: `servers.edge1`. */
  readonly comments: ReadonlyMap<string, readonly string[]>;
}

interface Page {
  /** Comment lines above the key at a path. */
  readonly comments: ReadonlyMap<string, readonly string[]>;
  /** Paths with a comment somewhere inside: they need several lines. */
  readonly commented: ReadonlySet<string>;
  readonly words: Map<string, string>;
}

/** Loaded again, the text has the same sections. A comment for a path that does not exist goes to the nearest path above. */
export function writeDocument({ head, sections, comments }: ConfigDocument): string {
  const { placed, unplaced } = placeComments(sections, comments);
  const page: Page = { comments: placed, commented: new Set([...placed.keys()].flatMap(above)), words: new Map() };
  const top = [...head, ...unplaced];
  const parts = [
    ...(top.length === 0 ? [] : [commentLines(top, '')]),
    ...entriesOf(sections).map(([key, value]) => pairLines(key, value, key, '', page)),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function pairLines(key: string, value: unknown, path: string, indent: string, page: Page): readonly string[] {
  const name = `${indent}${wordOf(key, page)}:`;
  const comment = commentLines(page.comments.get(path) ?? [], indent);
  const isSection = indent === '';
  const line = mustSpread(value, path, isSection, page) ? null : `${name} ${inline(value, page)}`;
  if (line !== null && line.length <= width) return [...comment, line];
  const inside = blockLines(value, path, `${indent}${step}`, page);
  return inside === null ? [...comment, line ?? name] : [...comment, name, ...inside];
}

/** null: the value has nothing inside. */
function blockLines(value: unknown, path: string, indent: string, page: Page): readonly string[] | null {
  if (Array.isArray(value)) {
    if (value.length === 0) return null;
    return value.flatMap((item, at) => itemLines(item, `${path}.${at}`, indent, page));
  }
  if (!isRecord(value) || entriesOf(value).length === 0) return null;
  return entriesOf(value).flatMap(([key, inside]) => pairLines(key, inside, `${path}.${key}`, indent, page));
}

function itemLines(item: unknown, path: string, indent: string, page: Page): readonly string[] {
  const comment = commentLines(page.comments.get(path) ?? [], indent);
  const line = mustSpread(item, path, false, page) ? null : `${indent}- ${inline(item, page)}`;
  if (line !== null && line.length <= width) return [...comment, line];
  const inside = blockLines(item, path, `${indent}${step}`, page);
  if (inside === null) return [...comment, line ?? `${indent}-`];
  // A comment of the first key would be after the dash.
  const [first = '', ...rest] = inside;
  if (first.trimStart().startsWith('#')) return [...comment, `${indent}-`, ...inside];
  return [...comment, `${indent}- ${first.slice(indent.length + step.length)}`, ...rest];
}

/** True when the value needs several lines, such as a section that defines names: it has one name a line. */
function mustSpread(value: unknown, path: string, isSection: boolean, page: Page): boolean {
  if (page.commented.has(path) || hasMapList(value)) return true;
  if (!isSection || typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((inside) => isRecord(inside));
}

/** A list of two maps or more has a line for each map. */
function hasMapList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) && value.length > 1 && value.some(isRecord)) return true;
  return Object.values(value).some(hasMapList);
}

function inline(value: unknown, page: Page): string {
  if (Array.isArray(value)) return `[${value.map((item) => inline(item, page)).join(', ')}]`;
  if (!isRecord(value)) return wordOf(value, page);
  const pairs = entriesOf(value).map(([key, inside]) => `${wordOf(key, page)}: ${inline(inside, page)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** A key or a value; text has quotes if it needs them inside braces, the strictest place. */
function wordOf(value: unknown, { words }: Page): string {
  if (typeof value !== 'string') return value === undefined ? 'null' : JSON.stringify(value);
  const known = words.get(value);
  if (known !== undefined) return known;
  const word = needsEscapes.test(value) ? escaped(value) : plainOrQuoted(value);
  words.set(value, word);
  return word;
}

function plainOrQuoted(text: string): string {
  const style = { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0, singleQuote: false } as const;
  return stringify([text], style).trim().slice(1, -1);
}

/** JSON's quotes and escapes are valid YAML. */
function escaped(text: string): string {
  return JSON.stringify(text).replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function placeComments(
  sections: ConfigDocument['sections'],
  comments: ConfigDocument['comments'],
): { readonly placed: Map<string, readonly string[]>; readonly unplaced: readonly string[] } {
  const paths = new Set<string>();
  const walk = (value: unknown, path: string): void => {
    if (path !== '') paths.add(path);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inside] of entriesOf(value)) walk(inside, path === '' ? key : `${path}.${key}`);
  };
  walk(sections, '');
  const placed = new Map<string, readonly string[]>();
  const unplaced: string[] = [];
  for (const [path, lines] of comments) {
    const place = [path, ...above(path)].find((known) => paths.has(known));
    if (place === undefined) unplaced.push(...lines);
    else placed.set(place, [...(placed.get(place) ?? []), ...lines]);
  }
  return { placed, unplaced };
}

/** `a.b.c` is inside `a.b` and `a`. */
function above(path: string): readonly string[] {
  const dots = [...path.matchAll(/\./g)].map(({ index }) => index);
  return dots.reverse().map((dot) => path.slice(0, dot));
}

function commentLines(lines: readonly string[], indent: string): readonly string[] {
  return lines
    .flatMap((line) => line.split(/\r\n|[\n\r\u2028\u2029]/))
    .map((line) => `${indent}# ${line.replaceAll('\t', ' ').replace(unprintable, '')}`.trimEnd());
}

function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([, inside]) => inside !== undefined);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
