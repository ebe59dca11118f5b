/** Reads the file: YAML as plain values, with the position of every key and value. */
import { LineCounter, parseDocument } from 'yaml';
import type { Path, Position, Problem, Report } from './problems.ts';
import { readTextFile } from './text-file.ts';
import { wordYamlFault } from './yaml-faults.ts';
import { type Place, valuesOf } from './yaml-values.ts';

export interface Source {
  readonly file: string;
  /** Maps in it have no prototype, so that every key is only a key. */
  readonly value: unknown;
  /** Where the key and the value at a path begin; undefined: the file has no such path. */
  find(path: Path): Place | undefined;
}

const maxBytes = 1024 * 1024;
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

  const { value, places, isComplete } = valuesOf(document, positionOf, (position, message) => {
    problems.push({ file, position, message });
  });
  if (!isComplete) return { problems };
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

function firstOfEachLine(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<number>();
  return problems.filter(({ position }) => !seen.has(position?.line ?? 0) && seen.add(position?.line ?? 0));
}
