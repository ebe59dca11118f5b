/** Problems of a configuration: found anywhere, in any order; told all at once, in the order of the file. */

/** Keys and list indices from the top of the document. */
export type Path = readonly (string | number)[];

export interface Position {
  /** From 1, like an editor counts. */
  readonly line: number;
  readonly column: number;
}

export interface Problem {
  readonly file: string;
  /** null: the file as a whole. */
  readonly position: Position | null;
  readonly message: string;
}

/** Tells of a problem at a value, or at the key that leads to it. */
export type Report = (path: Path, message: string, at?: 'key' | 'value') => void;

/** `understudy.yaml:12:9: expected a port from 1 to 65535, got `70000``. */
export function formatProblem({ file, position, message }: Problem): string {
  return position === null ? `${file}: ${message}` : `${file}:${position.line}:${position.column}: ${message}`;
}

/** In the order of the file, each once. */
export function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  const byText = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...byText.values()].sort(
    (a, b) =>
      (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0),
  );
}
