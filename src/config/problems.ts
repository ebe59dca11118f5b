/** Problems of a configuration: found in any order, reported all at once in the order of the file. */

/** Keys and list indices from the top of the document. */
export type Path = readonly (string | number)[];

export interface Position {
  /** From 1, like an editor counts. */
  readonly line: number;
  readonly column: number;
}

export interface Where {
  /** The base name of the configuration itself; any other file as the configuration names it. */
  readonly name: string;
  readonly line: number;
}

export interface Problem {
  readonly file: string;
  /** null: the file as a whole. */
  readonly position: Position | null;
  readonly message: string;
}

/** Reports a problem at a value, or at its key. */
export type Report = (path: Path, message: string, at?: 'key' | 'value') => void;

/** Reports a problem in another file, which the configuration names. */
export type ReportLine = (file: string, position: Position, message: string) => void;

/** `understudy.yaml:12:9: expected a port from 1 to 65535, got `70000``. */
export function formatProblem({ file, position, message }: Problem): string {
  return position === null ? `${file}: ${message}` : `${file}:${position.line}:${position.column}: ${message}`;
}

/** In the order of the file, each once; files in the order of their first problem. */
export function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  const byText = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  const files = new Map([...new Set(problems.map(({ file }) => file))].map((file, at) => [file, at]));
  return [...byText.values()].sort(
    (a, b) =>
      (files.get(a.file) ?? 0) - (files.get(b.file) ?? 0) ||
      (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
      (a.position?.column ?? 0) - (b.position?.column ?? 0),
  );
}

/** Keeps the first problems of each file: enough for a file that is invalid from end to end. */
export function firstOfEachFile(problems: readonly Problem[], most = 20): readonly Problem[] {
  const byFile = new Map<string, Problem[]>();
  for (const problem of problems) {
    const known = byFile.get(problem.file);
    if (known === undefined) byFile.set(problem.file, [problem]);
    else known.push(problem);
  }
  return [...byFile.values()].flatMap((all) => {
    const next = all[most];
    if (next === undefined) return all;
    return [...all.slice(0, most), { ...next, message: `and ${all.length - most} more of this file` }];
  });
}
