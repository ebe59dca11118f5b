/** Remarks on the lines of one file. */
import type { Remarks } from '../cluster/remarks.ts';

export interface Told {
  error(line: number | null, text: string): void;
  skipped(line: number | null, text: string): void;
  changed(line: number | null, text: string): void;
  /** What holds for many lines is told at the first of them. */
  once(line: number | null, text: string): void;
}

export function toldOf(file: string, remarks: Remarks): Told {
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
