/** The text of `nft -s list table`. What is not understood is kept as strange, and never stops the reading. */
import { type Slices, sliceLength } from '../slices.ts';
import type { NftChain, NftSet, NftTable } from './table.ts';

export interface ParsedTable extends NftTable {
  readonly strange: readonly string[];
}

interface OpenSet {
  kind: 'set' | 'map';
  type: string;
  flags: string;
  readonly elements: Map<string, string>;
  inElements: boolean;
}

interface OpenChain {
  hook: string | null;
  readonly rules: string[];
}

/** null: no table. */
export function* parseTable(text: string): Slices<ParsedTable | null> {
  if (text.trim() === '') return null;
  const sets = new Map<string, NftSet>();
  const chains = new Map<string, NftChain>();
  const strange: string[] = [];
  let set: OpenSet | null = null;
  let chain: OpenChain | null = null;
  let unknownDepth = 0;
  let count = 0;
  for (const raw of linesOf(text)) {
    count += 1;
    if (count % sliceLength === 0) yield;
    const line = raw.trim();
    if (line === '' || /^table inet understudy \{/.test(line)) continue;
    if (unknownDepth > 0) {
      unknownDepth += depthOf(line);
      continue;
    }
    if (set !== null) {
      if (readSetLine(set, line, strange)) set = null;
      continue;
    }
    if (chain !== null) {
      if (line === '}') chain = null;
      else if (chain.hook === null && chain.rules.length === 0 && line.startsWith('type '))
        chain.hook = plainHook(line);
      else chain.rules.push(line);
      continue;
    }
    const opened = /^(set|map|chain) (\S+) \{$/.exec(line);
    if (opened?.[1] === 'chain') {
      chain = { hook: null, rules: [] };
      chains.set(opened[2] ?? '', chain);
    } else if (opened !== null) {
      set = { kind: opened[1] === 'map' ? 'map' : 'set', type: '', flags: '', elements: new Map(), inElements: false };
      sets.set(opened[2] ?? '', set);
    } else if (line !== '}') {
      strange.push(line.replace(/\s*\{$/, ''));
      unknownDepth = Math.max(0, depthOf(line));
    }
  }
  return { sets, chains, strange };
}

/** True at the end of the set. */
function readSetLine(set: OpenSet, line: string, strange: string[]): boolean {
  if (set.inElements) {
    readElements(set, line);
    return false;
  }
  if (line === '}') return true;
  const property = /^(type|flags|elements =) (.*)$/.exec(line);
  if (property?.[1] === 'type') set.type = property[2] ?? '';
  else if (property?.[1] === 'flags') set.flags = property[2] ?? '';
  else if (property !== null) readElements(set, (property[2] ?? '').replace(/^\{/, ''));
  else strange.push(line);
  return false;
}

function readElements(set: OpenSet, line: string): void {
  set.inElements = !line.endsWith('}');
  for (const part of (set.inElements ? line : line.slice(0, -1)).split(',')) {
    const element = part.trim();
    if (element === '') continue;
    const colon = element.lastIndexOf(' : ');
    if (colon === -1) set.elements.set(element, '');
    else set.elements.set(element.slice(0, colon), element.slice(colon + 3));
  }
}

/** Older ones print the number of the priority. */
function plainHook(line: string): string {
  return line.replace('priority -150;', 'priority mangle;');
}

function depthOf(line: string): number {
  return line.split('{').length - line.split('}').length;
}

function* linesOf(text: string): Generator<string> {
  let from = 0;
  while (from < text.length) {
    const end = text.indexOf('\n', from);
    yield text.slice(from, end === -1 ? text.length : end);
    from = end === -1 ? text.length : end + 1;
  }
}
