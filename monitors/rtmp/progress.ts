/**
 * Do the media of a track arrive as they are made? A server with a GOP cache sends seconds of old media within
 * milliseconds, also when the publisher is long gone. So time is cut into steps: a step is a frame newer than all
 * before it, at least `stepMs` after the last one. A step that brought media much faster than time passes belongs to
 * a burst and does not count. Media that are made now give two steps that do, the second at the earliest 500 ms after the first
 * frame; a burst gives none, in however many pieces it comes.
 */
export interface Progress {
  readonly frames: number;
  /** The newest timestamp, in ms, 32 bits. */
  readonly newest: number;
  readonly stepAtMs: number;
  readonly stepTimestamp: number;
  readonly steps: number;
}

const stepMs = 250;
const wantedSteps = 2;
/** Media may come this many times faster than time passes and still be live: encoders and relays send in small heaps. */
const liveSpeed = 2;
/** A timestamp so far back is that of a publisher who began anew. */
const restartMs = 5000;

export function begin(timestamp: number, nowMs: number, frames = 1): Progress {
  return { frames, newest: timestamp, stepAtMs: nowMs, stepTimestamp: timestamp, steps: 0 };
}

export function advance(progress: Progress | null, timestamp: number, nowMs: number): Progress {
  if (progress === null) return begin(timestamp, nowMs);
  const frames = progress.frames + 1;
  const ahead = elapsed(progress.newest, timestamp);
  if (ahead < -restartMs) return begin(timestamp, nowMs, frames);
  if (ahead <= 0) return { ...progress, frames };
  const tookMs = nowMs - progress.stepAtMs;
  if (tookMs < stepMs) return { ...progress, frames, newest: timestamp };
  const burst = elapsed(progress.stepTimestamp, timestamp) > liveSpeed * tookMs;
  return { ...begin(timestamp, nowMs, frames), steps: progress.steps + (burst ? 0 : 1) };
}

export function isMoving(progress: Progress | null): boolean {
  return progress !== null && progress.steps >= wantedSteps;
}

/** It looks as if it moved, for less than half a second so far. */
export function hasBegun(progress: Progress | null): boolean {
  return progress !== null && progress.steps > 0 && progress.steps < wantedSteps;
}

/** From one timestamp to another, across the wrap after 49 days too. */
function elapsed(from: number, to: number): number {
  return (to - from) | 0;
}
