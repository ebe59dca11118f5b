/** Tells people once of each problem of our own that lasts, and notes its beginning and end in the history. */
import type { OwnProblem } from '../../api/control.ts';
import type { Clock, Log } from '../../ports.ts';

export interface OwnProblems {
  /** To be called now and then. */
  look(): void;
}

/** A problem that mends itself sooner is in the status only. */
const lastsMs = 10_000;

export function createOwnProblems(options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly problems: () => readonly OwnProblem[];
  readonly announce: (text: string) => void;
  readonly remark: (kind: string, text: string) => void;
}): OwnProblems {
  const { clock, log, problems, announce, remark } = options;
  const told = new Set<string>();
  return {
    look() {
      const now = problems();
      for (const text of told) {
        if (now.some((problem) => problem.text === text)) continue;
        told.delete(text);
        log.info({}, `over: ${text}`);
        remark('over', text);
      }
      for (const { kind, text, sinceMs } of now) {
        if (told.has(text) || clock.wallMs() - sinceMs < lastsMs) continue;
        told.add(text);
        log.warn({ kind }, text);
        remark('problem', text);
        announce(text);
      }
    },
  };
}
