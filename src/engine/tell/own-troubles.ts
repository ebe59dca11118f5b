/** Tells people once of each trouble of our own that lasts, and notes its beginning and end in the history. */
import type { OwnTrouble } from '../../api/control.ts';
import type { Clock, Log } from '../../ports.ts';

export interface OwnTroubles {
  /** To be called now and then. */
  look(): void;
}

/** A trouble that mends itself sooner is in the status only. */
const lastsMs = 10_000;

export function createOwnTroubles(options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly troubles: () => readonly OwnTrouble[];
  readonly announce: (text: string) => void;
  readonly remark: (kind: string, text: string) => void;
}): OwnTroubles {
  const { clock, log, troubles, announce, remark } = options;
  const told = new Set<string>();
  return {
    look() {
      const now = troubles();
      for (const text of told) {
        if (now.some((trouble) => trouble.text === text)) continue;
        told.delete(text);
        log.info({}, `over: ${text}`);
        remark('over', text);
      }
      for (const { kind, text, sinceMs } of now) {
        if (told.has(text) || clock.wallMs() - sinceMs < lastsMs) continue;
        told.add(text);
        log.warn({ kind }, text);
        remark('trouble', text);
        announce(text);
      }
    },
  };
}
