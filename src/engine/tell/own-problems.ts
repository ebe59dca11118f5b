/** Notifies people once of each lasting problem of our own, and records its beginning and end in the history. */
import type { OwnProblem } from '../../api/status.ts';
import type { Clock, Log } from '../../ports.ts';

export interface OwnProblems {
  /** To be called every second. */
  poll(): void;
}

/** A problem that ends sooner is in the status only. */
const lastsMs = 10_000;

export function createOwnProblems(options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly problems: () => readonly OwnProblem[];
  readonly announce: (text: string) => void;
  readonly remark: (kind: string, text: string) => void;
}): OwnProblems {
  const { clock, log, problems, announce, remark } = options;
  const reported = new Set<string>();
  return {
    poll() {
      const now = problems();
      for (const text of reported) {
        if (now.some((problem) => problem.text === text)) continue;
        reported.delete(text);
        log.info({}, `problem ended: ${text}`);
        remark('ended', text);
      }
      for (const { kind, text, sinceMs } of now) {
        if (reported.has(text) || clock.wallMs() - sinceMs < lastsMs) continue;
        reported.add(text);
        log.warn({ kind }, text);
        remark('problem', text);
        announce(text);
      }
    },
  };
}
