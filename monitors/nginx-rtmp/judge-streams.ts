import { type Memory, motionOf, quietMs } from './memory.ts';
import type { RtmpStat, RtmpStream } from './stat.ts';

/** The requirements for each named stream. */
export interface StreamWishes {
  /** `app/name`, or `app/*` for at least one of that application. */
  readonly streams: readonly string[];
  readonly stallMs: number;
  readonly minClients?: number | undefined;
  readonly maxClients?: number | undefined;
  /** Mbit/s. */
  readonly minBandIn?: number | undefined;
  readonly maxBandOut?: number | undefined;
}

/** Best first. */
const states = ['fine', 'full', 'not known', 'few', 'thin', 'stalled', 'gone', 'missing'] as const;
export type StreamState = (typeof states)[number];

export interface StreamFinding {
  readonly wish: string;
  readonly state: StreamState;
  /** Figures for the detail; empty for a missing stream. */
  readonly figures: string;
  readonly stream: RtmpStream | null;
}

/** One finding per requirement: the best of all polls, since each worker shows only its part. */
export function judgeStreams(
  memory: Memory,
  looks: readonly RtmpStat[],
  wishes: StreamWishes,
): readonly StreamFinding[] {
  return wishes.streams.map((wish) => {
    const found = looks.flatMap((stat) => named(stat, wish).map((stream) => judge(memory, stat, wish, stream, wishes)));
    const missing: StreamFinding = { wish, state: 'missing', figures: '', stream: null };
    return found.reduce((best, one) => (states.indexOf(one.state) < states.indexOf(best.state) ? one : best), missing);
  });
}

/** Only these findings may differ for another worker. */
export function mayBeElsewhere({ state }: StreamFinding): boolean {
  return state === 'missing' || state === 'gone';
}

function named(stat: RtmpStat, wish: string): readonly RtmpStream[] {
  const slash = wish.indexOf('/');
  const [app, name] = [wish.slice(0, slash), wish.slice(slash + 1)];
  return stat.applications
    .filter((application) => application.name === app)
    .flatMap(({ streams }) => streams.filter((stream) => name === '*' || stream.name === name));
}

function judge(memory: Memory, stat: RtmpStat, wish: string, stream: RtmpStream, wishes: StreamWishes): StreamFinding {
  const state = stateOf(memory, stat, stream, wishes);
  const quiet = state === 'stalled' ? quietMs(memory, stat, stream) : null;
  const figures = [
    `${wish}: ${stream.clients} clients`,
    `in ${mbit(stream.bwIn)} Mbit/s`,
    `out ${mbit(stream.bwOut)} Mbit/s`,
    ...(quiet === null ? [] : [`nothing came in for ${Math.round(quiet / 100) / 10} s`]),
  ];
  return { wish, state, figures: figures.join(', '), stream };
}

function stateOf(memory: Memory, stat: RtmpStat, stream: RtmpStream, wishes: StreamWishes): StreamState {
  const { minClients = 0, maxClients = Infinity, minBandIn = 0, maxBandOut = Infinity } = wishes;
  // Video on demand is listed while it is playing, and has no publisher.
  if (stream.kind === 'live') {
    if (!stream.publishing) return 'gone';
    const motion = motionOf(memory, stat, stream, wishes.stallMs);
    if (motion !== 'moving') return motion;
    // A 10 s average says nothing about the first 10 s.
    if (mbit(stream.bwIn) < minBandIn) return (stream.ageMs ?? 0) < 10_000 ? 'not known' : 'thin';
  }
  if (stream.clients < minClients) return 'few';
  return stream.clients >= maxClients || mbit(stream.bwOut) >= maxBandOut ? 'full' : 'fine';
}

/** A bit rate in bit/s as Mbit/s with three decimals. */
export function mbit(bitsPerSecond: number): number {
  return Math.round(bitsPerSecond / 1000) / 1000;
}
