import type { RtmpStat, RtmpStream } from './stat.ts';

/** When bytes last arrived, by the stream's own clock, so that the duration of polls does not matter. */
interface Mark {
  readonly ageMs: number | null;
  readonly bytesIn: number | null;
  readonly timestamp: number | null;
  /** Nothing arrived since this age of the stream. */
  readonly quietSinceMs: number | null;
  /** Bytes arrived between two polls. */
  readonly moved: boolean;
}

interface Worker {
  readonly uptimeS: number | null;
  /** Keyed by application, name and ordinal among equal names: two server blocks may have the same application. */
  readonly marks: ReadonlyMap<string, Mark>;
}

/** What is remembered about one nginx between polls. */
export interface Memory {
  /** By pid, the most recent one last. */
  readonly workers: ReadonlyMap<number, Worker>;
  readonly lastPid: number | null;
  /** Several workers answer in turn, so each poll shows a part. */
  readonly several: boolean;
  /** Consecutive polls answered by the same worker. */
  readonly sameInARow: number;
}

export const nothingYet: Memory = { workers: new Map(), lastPid: null, several: false, sameInARow: 0 };

export type Motion = 'moving' | 'stalled' | 'not known';

const maxWorkers = 64;
const reorderMs = 1000;
/** After this many polls of the same worker the others are considered gone. */
const aloneAfter = 50;
/** A 10 s average that is still 0 at this age is not a starting stream. */
const meanIsTrueAfterMs = 20_000;

/** Adds a poll. A new pid is a restart, unless that worker was seen before: then there are several workers. */
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

/** It has run as long as the other worker had at the last poll, so it did not replace it. */
function isOlder(stat: RtmpStat, last: Worker): boolean {
  return stat.uptimeS !== null && last.uptimeS !== null && stat.uptimeS >= Math.max(1, last.uptimeS);
}

function nextMark(before: Mark | undefined, { ageMs, bytesIn, timestamp }: RtmpStream): Mark {
  const made = { ageMs, bytesIn, timestamp, quietSinceMs: ageMs };
  if (before === undefined) return { ...made, moved: false };
  const backMs = (before.ageMs ?? 0) - (ageMs ?? 0);
  // Recreated between two polls: its clock and counters restarted, and the count arrived since then.
  if (backMs > reorderMs) return { ...made, moved: bytesIn !== 0 };
  // Simultaneous polls arrive in any order.
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

/** How long nothing has arrived, in ms; null: unknown. */
export function quietMs(memory: Memory, stat: RtmpStat, stream: RtmpStream): number | null {
  const mark = markOf(memory, stat, stream);
  return mark === undefined || mark.ageMs === null || mark.quietSinceMs === null
    ? null
    : mark.ageMs - mark.quietSinceMs;
}

/** For a stream in a remembered poll. At the first poll only the server's own average is available. */
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
