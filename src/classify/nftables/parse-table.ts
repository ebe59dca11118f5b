/** Parses the text of `nft -s list table`. Statements that are not understood are kept as strange; parsing continues. */
import { type Slices, sliceLength } from '../slices.ts';
import { plainHook, plainRule } from './spelling.ts';
import { type NftChain, type NftSet, type NftTable, tableName } from './table.ts';

export interface ParsedTable extends NftTable {
  readonly strange: readonly string[];
}

/** `set NAME { ... }` and the like. */
interface Block {
  readonly head: string;
  readonly statements: string[];
}

/** null: no table. */
export function* parseTable(text: string): Slices<ParsedTable | null> {
  if (text.trim() === '') return null;
  const sets = new Map<string, NftSet>();
  const chains = new Map<string, NftChain>();
  const { blocks, loose } = yield* splitBlocks(text);
  const strange = [...loose];
  for (const { head, statements } of blocks) {
    const [, kind, name = ''] = /^(set|map|chain)\s+(\S+)$/.exec(head) ?? [];
    if (kind === 'chain') chains.set(name, parseChain(statements));
    else if (kind === 'set' || kind === 'map') sets.set(name, yield* parseSet(kind, statements, strange));
    else strange.push(head);
  }
  return { sets, chains, strange };
}

/** A statement ends at a newline or a semicolon, except inside braces, as in an anonymous set. */
function* splitBlocks(text: string): Slices<{ blocks: readonly Block[]; loose: readonly string[] }> {
  const blocks: Block[] = [];
  const loose: string[] = [];
  let open: 'nothing' | 'table' | 'block' = 'nothing';
  let depth = 0;
  let parts: string[] = [];
  const takeStatement = (): string => {
    const statement = parts.join('').trim();
    parts = [];
    return statement;
  };
  const endStatement = (): void => {
    const statement = takeStatement();
    if (statement !== '') (open === 'block' ? (blocks.at(-1)?.statements ?? loose) : loose).push(statement);
  };
  let count = 0;
  for (const [token] of text.matchAll(/"[^"\n]*"?|#[^\n]*|[{};\n]|[^"#{};\n]+/g)) {
    count += 1;
    if (count % sliceLength === 0) yield;
    if (token.startsWith('#')) continue;
    if (depth > 0 || (token === '{' && open === 'block')) {
      if (token === '{') depth += 1;
      if (token === '}') depth -= 1;
      parts.push(token === '\n' ? ' ' : token);
    } else if (token === '{') {
      const head = takeStatement();
      if (open === 'table') blocks.push({ head, statements: [] });
      else if (head.replace(/\s+/g, ' ') !== `table ${tableName}`) loose.push(head);
      open = open === 'table' ? 'block' : 'table';
    } else if (token === '}') {
      endStatement();
      open = open === 'block' ? 'table' : 'nothing';
    } else if (token === '\n' || token === ';') endStatement();
    else parts.push(token);
  }
  endStatement();
  return { blocks, loose };
}

function parseChain(statements: readonly string[]): NftChain {
  const type = statements.find((statement) => statement.startsWith('type '));
  const policy = statements.find((statement) => statement.startsWith('policy '));
  const rules = statements.filter((one) => one !== type && one !== policy);
  return {
    hook: type === undefined ? null : plainHook(type, policy?.slice('policy '.length) ?? 'accept'),
    rules: rules.map(plainRule),
  };
}

function* parseSet(kind: NftSet['kind'], statements: readonly string[], strange: string[]): Slices<NftSet> {
  let type = '';
  let flags = '';
  const elements = new Map<string, string>();
  for (const statement of statements) {
    const [, word = '', rest = ''] = /^([\w-]+)\s*([\s\S]*)$/.exec(statement) ?? [];
    if (word === 'type') type = rest;
    else if (word === 'flags') flags = rest;
    else if (word === 'elements') yield* parseElements(rest, elements);
    else strange.push(statement);
  }
  return { kind, type, flags, elements };
}

function* parseElements(text: string, elements: Map<string, string>): Slices<void> {
  let count = 0;
  for (const part of text.replace(/^=\s*\{|\}$/g, '').split(',')) {
    count += 1;
    if (count % sliceLength === 0) yield;
    const element = part.trim().replace(/\s+/g, ' ');
    if (element === '') continue;
    const colon = element.lastIndexOf(' : ');
    if (colon === -1) elements.set(element, '');
    else elements.set(element.slice(0, colon), element.slice(colon + 3));
  }
}
