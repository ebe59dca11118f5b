import type { RtmpStat, RtmpStream } from './stat.ts';

/** When bytes last came in, on the stream's own clock: how long a check took to ask again does not matter. */
interface Mark {
  readonly ageMs: number | null;
  readonly bytesIn: number | null;
  readonly timestamp: number | null;
  /** Since this age nothing came in. */
  readonly quietSinceMs: number | null;
  /** Something came in between two looks. */
  readonly moved: boolean;
}

interface Worker {
  readonly uptimeS: number | null;
  /** By application, name and how many of that name came before: two servers may have the same application. */
  readonly marks: ReadonlyMap<string, Mark>;
}

/** What is remembered of one nginx between two looks at it. */
export interface Memory {
  /** By pid, the one that answered last at the end. */
  readonly workers: ReadonlyMap<number, Worker>;
  readonly lastPid: number | null;
  /** Several workers answer by turns, so that each look shows a part. */
  readonly several: boolean;
  /** Looks in a row that the same worker answered. */
  readonly sameInARow: number;
}

export const nothingYet: Memory = { workers: new Map(), lastPid: null, several: false, sameInARow: 0 };

export type Motion = 'moving' | 'stalled' | 'not known';

const maxWorkers = 64;
const reorderMs = 1000;
/** After so many looks at the same worker the others are believed to be gone. */
const aloneAfter = 50;
/** A mean over 10 s that is still 0 at this age is no start. */
const meanIsTrueAfterMs = 20_000;

/** One more look. A new pid is a restart, unless that worker was there before: then there are several. */
export function remember(memory: Memory, stat: RtmpStat): Memory {
  const pid = stat.pid ?? 0;
  const last = memory.lastPid === null ? undefined : memory.workers.get(memory.lastPid);
  const sameInARow = pid === memory.lastPid ? memory.sameInARow + 1 : 1;
  const turned = last !== undefined && pid !== memory.lastPid && (memory.workers.has(pid) || isOlder(stat, last));
  const several = turned || (memory.several && sameInARow < aloneAfter);

  const kept = [...memory.workers].filter(([known]) => known !== pid && (several || known === memory.lastPid));
  const before = memory.workers.get(pid)?.marks ?? new Map<string, Mark>();
  const marks = new Map(keyed(stat).map(([key, stream]) => [key, nextMark(before.get(key), stream)]));
  const workers = new Map([...kept.slice(1 - maxWorkers), [pid, { uptimeS: stat.uptimeS, marks }] as const]);
  return { workers, lastPid: pid, several, sameInARow };
}

/** It runs as long as the other one did at the last look: it did not take its place. */
function isOlder(stat: RtmpStat, last: Worker): boolean {
  return stat.uptimeS !== null && last.uptimeS !== null && stat.uptimeS >= Math.max(1, last.uptimeS);
}

function nextMark(before: Mark | undefined, { ageMs, bytesIn, timestamp }: RtmpStream): Mark {
  const made = { ageMs, bytesIn, timestamp, quietSinceMs: ageMs };
  if (before === undefined) return { ...made, moved: false };
  const backMs = (before.ageMs ?? 0) - (ageMs ?? 0);
  // Made anew between two looks: its clock and its counters start again, and what is counted came in since.
  if (backMs > reorderMs) return { ...made, moved: bytesIn !== 0 };
  // Looks that were taken at the same time arrive in any order.
  if (backMs > 0) return before;
  const grew = bytesIn !== before.bytesIn || timestamp !== before.timestamp;
  return {
    ageMs,
    bytesIn,
    timestamp,
    quietSinceMs: grew ? ageMs : before.quietSinceMs,
    moved: grew || before.moved,
  };
}

/** How long nothing came in, in ms; null where that cannot be told. */
export function quietMs(memory: Memory, stat: RtmpStat, stream: RtmpStream): number | null {
  const mark = markOf(memory, stat, stream);
  return mark === undefined || mark.ageMs === null || mark.quietSinceMs === null
    ? null
    : mark.ageMs - mark.quietSinceMs;
}

/** Of a stream in a look that is remembered already. At the first look the server's own mean has to do. */
export function motionOf(memory: Memory, stat: RtmpStat, stream: RtmpStream, stallMs: number): Motion {
  const mark = markOf(memory, stat, stream);
  const quiet = quietMs(memory, stat, stream);
  if (quiet !== null && quiet >= stallMs) return 'stalled';
  if (mark?.moved || stream.bwIn > 0) return 'moving';
  return (stream.ageMs ?? 0) >= meanIsTrueAfterMs ? 'stalled' : 'not known';
}

function markOf(memory: Memory, stat: RtmpStat, stream: RtmpStream): Mark | undefined {
  const key = keyed(stat).find(([, one]) => one === stream)?.[0];
  return key === undefined ? undefined : memory.workers.get(stat.pid ?? 0)?.marks.get(key);
}

function keyed(stat: RtmpStat): readonly (readonly [key: string, stream: RtmpStream])[] {
  const seen = new Map<string, number>();
  return stat.applications.flatMap((application) =>
    application.streams.map((stream) => {
      const name = `${stream.kind} ${application.name}/${stream.name}`;
      const nth = seen.get(name) ?? 0;
      seen.set(name, nth + 1);
      return [`${name} ${nth}`, stream] as const;
    }),
  );
}
