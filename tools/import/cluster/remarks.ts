/** Remarks as they come up, and their order in the output. */
import type { Remark } from '../import.ts';
import type { Place } from './cluster.ts';

export interface Remarks {
  readonly error: AddRemark;
  readonly skipped: AddRemark;
  readonly changed: AddRemark;
  /** Skipped: `expected WHAT, got GOT`. */
  readonly expected: (at: At, what: string, got: string) => void;
  /** Skipped: a text that is not understood where it stands. */
  readonly unknown: (at: At, text: string, where: string) => void;
  /** By file in the order in which the files came up, and by line; each once. */
  list(): readonly Remark[];
}

/** `line` null: the file as a whole. */
type At = Pick<Place, 'file'> & { readonly line: number | null };
export type AddRemark = (at: At, text: string) => void;

export function createRemarks(): Remarks {
  const remarks = new Map<string, Remark>();
  const files: string[] = [];
  const add =
    (kind: Remark['kind']): AddRemark =>
    ({ file, line }, text) => {
      if (!files.includes(file)) files.push(file);
      remarks.set(`${file}\n${line}\n${kind}\n${text}`, { file, line, kind, text });
    };
  const skipped = add('skipped');
  return {
    error: add('error'),
    skipped,
    expected: (at, what, got) => skipped(at, `expected ${what}, got ${shown(got)}`),
    unknown: (at, text, where) => skipped(at, `${shown(text)} is not understood in ${where}`),
    changed: add('changed'),
    list: () =>
      [...remarks.values()].sort(
        (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0),
      ),
  };
}

/** For reading a statement that is read again with remarks. */
export const noRemarks: Remarks = {
  error() {},
  skipped() {},
  changed() {},
  expected() {},
  unknown() {},
  list: () => [],
};

const maxShown = 80;

/** Text from a file, as a message quotes it: one line, not long, in backticks. */
export function shown(text: string): string {
  const plain = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return `\`${plain.length > maxShown ? `${plain.slice(0, maxShown - 3)}...` : plain}\``;
}

export interface FileRemarks {
  error(line: number | null, text: string): void;
  skipped(line: number | null, text: string): void;
  changed(line: number | null, text: string): void;
  /** What holds for many lines is a remark on the first of them. */
  once(line: number | null, text: string): void;
}

export function remarksOn(file: string, remarks: Remarks): FileRemarks {
  const before = new Set<string>();
  const changed = (line: number | null, text: string) => remarks.changed({ file, line }, text);
  return {
    error: (line, text) => remarks.error({ file, line }, text),
    skipped: (line, text) => remarks.skipped({ file, line }, text),
    changed,
    once(line, text) {
      if (!before.has(text)) changed(line, text);
      before.add(text);
    },
  };
}
