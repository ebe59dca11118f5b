/** Reads the file: YAML as plain values, with the position of every key and value. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Path, Position, Problem, Report } from './problems.ts';
import { readTextFile } from './text-file.ts';
import { wordYamlFault } from './yaml-faults.ts';

export interface Source {
  readonly file: string;
  /** Maps in it have no prototype, so that every key is only a key. */
  readonly value: unknown;
  /** Where the key and the value at a path begin; undefined: the file has no such path. */
  find(path: Path): Place | undefined;
}

interface Place {
  readonly key: Position;
  readonly value: Position;
}

interface Walk {
  readonly positionOf: (offset: number) => Position;
  readonly places: Map<string, Place>;
  readonly problem: (position: Position, message: string) => void;
  /** A problem that makes a value unknown: no other problems are searched for then. */
  readonly hole: (position: Position, message: string) => null;
  /** The nodes above the current one, to find an alias that contains itself. */
  readonly open: Set<Node>;
  readonly targets: ReadonlyMap<unknown, Node>;
  nodesLeft: number;
}

const maxBytes = 1024 * 1024;
const maxDepth = 40;
/** Aliases of aliases can grow without bound. A cluster of thousands of servers has far fewer. */
const maxNodes = 200_000;

/** Far more than a real file has, and far fewer than overflow the parser's stack. */
const maxOpenBrackets = 1000;

/** The parser calls itself for each bracket, and V8 may end the process when the stack overflows. null: not too deep. */
function tooDeepAt(text: string): number | null {
  let open = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1);
    if (open > maxOpenBrackets) return index;
  }
  return null;
}

export function readSource(file: string): { readonly source?: Source; readonly problems: readonly Problem[] } {
  const read = readTextFile(file, maxBytes);
  if ('cause' in read) return { problems: [{ file, position: null, message: `cannot be read: ${read.cause}` }] };
  return parseSource(file, read.text);
}

export function parseSource(
  file: string,
  text: string,
): { readonly source?: Source; readonly problems: readonly Problem[] } {
  const tooDeep = tooDeepAt(text);
  if (tooDeep !== null) {
    const before = text.slice(0, tooDeep).split('\n');
    const position = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    return { problems: [{ file, position, message: 'maps and lists are nested too deeply' }] };
  }
  const problems: Problem[] = [];
  const lines = new LineCounter();
  // Duplicate keys are found below, with their names.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  for (const fault of [...document.errors, ...document.warnings]) {
    problems.push({ file, position: positionOf(fault.pos[0]), message: wordYamlFault(fault.code, fault.message) });
  }
  // Later errors mostly follow from the first one of a line.
  if (problems.length > 0) return { problems: firstOfEachLine(problems) };

  const places = new Map<string, Place>();
  const problem = (position: Position, message: string) => problems.push({ file, position, message });
  let holes = 0;
  const hole = (position: Position, message: string) => {
    // Only the first: aliases of aliases would report each of their values.
    if (holes++ === 0) problem(position, message);
    return null;
  };
  const walk: Walk = {
    positionOf,
    places,
    problem,
    hole,
    open: new Set(),
    targets: targetsIn(document),
    nodesLeft: maxNodes,
  };
  const value = convert(document.contents as Node | null, [], walk);
  if (holes > 0) return { problems };
  return { source: { file, value, find: (path) => places.get(JSON.stringify(path)) }, problems };
}

/** Reports at the position of a path, or of the nearest path above it that the file has. */
export function reportTo(source: Source, problems: Problem[]): Report {
  return (path, message, at = 'value') => {
    problems.push({ file: source.file, position: positionAt(source, path, at), message });
  };
}

export function positionAt(source: Source, path: Path, at: 'key' | 'value' = 'value'): Position {
  const found = source.find(path);
  if (found !== undefined) return found[at];
  for (let length = path.length; length > 0; length--) {
    // A secret that came from a file is in the document as `KEY_file`.
    const named = [...path.slice(0, length - 1), `${path[length - 1]}_file`];
    const above = source.find(named) ?? source.find(path.slice(0, length - 1));
    if (above !== undefined) return above.key;
  }
  return { line: 1, column: 1 };
}

function convert(node: Node | null, path: Path, walk: Walk): unknown {
  const start = walk.positionOf(node?.range?.[0] ?? 0);
  const key = walk.places.get(JSON.stringify(path))?.key ?? start;
  walk.places.set(JSON.stringify(path), { key, value: node === null ? key : start });
  return convertInside(node, path, start, walk);
}

function convertInside(node: Node | null, path: Path, start: Position, walk: Walk): unknown {
  if (walk.nodesLeft-- <= 0) return walk.hole(start, `expected at most ${maxNodes} values, got more`);
  if (node === null) return null;
  if (isScalar(node)) return node.value;
  if (walk.open.has(node)) return walk.hole(start, 'an alias is inside its own anchor');
  if (path.length > maxDepth) return walk.hole(start, 'maps and lists are nested too deeply');
  walk.open.add(node);
  let value: unknown = null;
  if (isAlias(node)) {
    const target = walk.targets.get(node);
    value = target ? convertInside(target, path, start, walk) : walk.hole(start, wordYamlFault('BAD_ALIAS', ''));
  } else if (isSeq(node)) value = node.items.map((item, index) => convert(item as Node | null, [...path, index], walk));
  else if (isMap(node)) value = convertMap(node, path, walk);
  walk.open.delete(node);
  return value;
}

function convertMap(map: YAMLMap, path: Path, walk: Walk): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null);
  addPairs(map, path, result, walk, false);
  return result;
}

/** `isMerged`: the map is the value of a merge key `<<`, so keys that are there already stay as they are. */
function addPairs(map: YAMLMap, path: Path, result: Record<string, unknown>, walk: Walk, isMerged: boolean): void {
  const own = new Set<string>();
  const merged: (Node | null)[] = [];
  for (const pair of map.items) {
    const keyNode = isAlias(pair.key) ? walk.targets.get(pair.key) : pair.key;
    const position = walk.positionOf((pair.key as Node | null)?.range?.[0] ?? map.range?.[0] ?? 0);
    if (!isScalar(keyNode) || keyNode.value === null) {
      walk.hole(position, 'expected a plain word as key');
      continue;
    }
    const key = String(keyNode.value);
    if (own.has(key)) {
      walk.problem(position, `duplicate key \`${key}\`, expected each key once`);
      continue;
    }
    own.add(key);
    if (key === '<<' && keyNode.type === 'PLAIN') {
      merged.push(pair.value as Node | null);
      continue;
    }
    if (isMerged && Object.hasOwn(result, key)) continue;
    walk.places.set(JSON.stringify([...path, key]), { key: position, value: position });
    result[key] = convert(pair.value as Node | null, [...path, key], walk);
  }
  for (const node of merged) merge(node, path, result, walk);
}

/** The value of a merge key (yaml.org/type/merge.html): a map, or a list of maps of which the first with a key counts. */
function merge(node: Node | null, path: Path, result: Record<string, unknown>, walk: Walk): void {
  const position = walk.positionOf(node?.range?.[0] ?? 0);
  const source = isAlias(node) ? walk.targets.get(node) : node;
  walk.nodesLeft -= isCollection(source) ? 1 + source.items.length : 1;
  let fault: string | null = null;
  if (source === undefined) fault = wordYamlFault('BAD_ALIAS', '');
  else if (!isCollection(source)) fault = 'expected a map such as `<<: *name`, or a list of maps';
  else if (walk.nodesLeft <= 0) fault = `expected at most ${maxNodes} values, got more`;
  else if (walk.open.has(source)) fault = 'an alias is inside its own anchor';
  else if (walk.open.size > maxDepth) fault = 'maps and lists are nested too deeply';
  if (fault !== null) return void walk.hole(position, fault);
  walk.open.add(source as Node);
  if (isSeq(source)) for (const item of source.items) merge(item as Node | null, path, result, walk);
  if (isMap(source)) addPairs(source, path, result, walk, true);
  walk.open.delete(source as Node);
}

/** The node of each alias: the last one above it with its anchor. */
function targetsIn(document: Document): ReadonlyMap<unknown, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<unknown, Node>();
  visit(document, {
    Alias(_, alias) {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function firstOfEachLine(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<number>();
  return problems.filter(({ position }) => !seen.has(position?.line ?? 0) && seen.add(position?.line ?? 0));
}
