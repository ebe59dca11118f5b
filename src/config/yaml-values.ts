/** The values of a YAML document with their positions: aliases and merge keys resolved, duplicate keys reported. */
import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, type Node, visit, type YAMLMap } from 'yaml';
import type { Path, Position } from './problems.ts';
import { wordYamlFault } from './yaml-faults.ts';

export interface Place {
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

const maxDepth = 40;
/** Aliases of aliases can grow without bound. A cluster of thousands of servers has far fewer. */
const maxNodes = 200_000;

/** `places`: by path, as JSON. `isComplete`: false after a problem that makes a value unknown. */
export function valuesOf(
  document: Document,
  positionOf: (offset: number) => Position,
  problem: (position: Position, message: string) => void,
): { readonly value: unknown; readonly places: ReadonlyMap<string, Place>; readonly isComplete: boolean } {
  const places = new Map<string, Place>();
  let isComplete = true;
  const hole = (position: Position, message: string) => {
    // Only the first: aliases of aliases would report each of their values.
    if (isComplete) problem(position, message);
    isComplete = false;
    return null;
  };
  const targets = targetsIn(document);
  const walk: Walk = { positionOf, places, problem, hole, open: new Set(), targets, nodesLeft: maxNodes };
  const value = convert(document.contents as Node | null, [], walk);
  return { value, places, isComplete };
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
