/**
 * Starts each check at its own beat on the monotonic clock. A missed beat is skipped and counted, never queued. No check
 * overlaps itself. Checks above the global or the per-server limit wait in the order in which they came due.
 */
import { nextBeat, phaseMs } from '../../core/beat.ts';
import type { Cancel, Clock } from '../../ports.ts';
import { createLateness } from './lateness.ts';

export interface Beat<Id extends string = string> {
  readonly id: Id;
  /** Checks of one server share its limit. */
  readonly server: string;
  readonly intervalMs: number;
  /** Checks with the same word here and the same interval are due at the same times. */
  readonly with?: string;
}

export interface SchedulerOptions<Id extends string> {
  readonly clock: Clock;
  readonly maxChecks: number;
  readonly maxPerServer: number;
  /** Runs the check to its end. Resolves to the ms until it wants to run again, or null for its beat. Never rejects. */
  readonly run: (id: Id) => Promise<number | null>;
}

export interface SchedulerStats {
  readonly checks: number;
  readonly running: number;
  readonly missedBeats: number;
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  /** Monotonic ms of the last start. */
  readonly lastStartMs: number | null;
}

export interface Scheduler<Id extends string> {
  /** Takes over a new list: checks that stay keep their beat, new ones start at their phase, others end. */
  set(beats: readonly Beat<Id>[], limits?: { readonly maxChecks: number; readonly maxPerServer: number }): void;
  /** Runs a check as soon as the limits allow, or again right after the run that is under way. */
  runNow(id: Id): void;
  stats(): SchedulerStats;
  stop(): void;
}

interface Slot<Id extends string> {
  beat: Beat<Id>;
  dueMs: number;
  /** When it should start; not `dueMs` for a run outside the beat. */
  startMs: number;
  state: 'idle' | 'waiting' | 'running' | 'gone';
  again: boolean;
  cancel: Cancel;
}

export function createScheduler<Id extends string>(options: SchedulerOptions<Id>): Scheduler<Id> {
  const { clock, run } = options;
  let { maxChecks, maxPerServer } = options;
  const slots = new Map<Id, Slot<Id>>();
  const queue = new Set<Slot<Id>>();
  const perServer = new Map<string, number>();
  const lateness = createLateness();
  let running = 0;
  let missedBeats = 0;
  let lastStartMs: number | null = null;
  let stopped = false;

  function arm(slot: Slot<Id>, startMs: number): void {
    slot.cancel();
    slot.startMs = startMs;
    slot.cancel = clock.after(Math.max(0, startMs - clock.monoMs()), () => enqueue(slot));
  }

  function enqueue(slot: Slot<Id>): void {
    slot.cancel();
    if (stopped || slot.state !== 'idle') return;
    slot.state = 'waiting';
    if (mayStart(slot)) start(slot);
    else queue.add(slot);
  }

  function mayStart(slot: Slot<Id>): boolean {
    return running < maxChecks && (perServer.get(slot.beat.server) ?? 0) < maxPerServer;
  }

  function start(slot: Slot<Id>): void {
    const { id, server } = slot.beat;
    queue.delete(slot);
    slot.state = 'running';
    slot.again = false;
    running++;
    perServer.set(server, (perServer.get(server) ?? 0) + 1);
    lastStartMs = clock.monoMs();
    lateness.add(lastStartMs - slot.startMs);
    void run(id).then((rerunAfterMs) => ended(slot, server, rerunAfterMs));
  }

  function ended(slot: Slot<Id>, server: string, rerunAfterMs: number | null): void {
    running--;
    const left = (perServer.get(server) ?? 1) - 1;
    if (left === 0) perServer.delete(server);
    else perServer.set(server, left);
    if (slot.state === 'running' && !stopped) rearm(slot, rerunAfterMs);
    for (const waiting of queue) {
      if (running >= maxChecks) break;
      if (mayStart(waiting)) start(waiting);
    }
  }

  function rearm(slot: Slot<Id>, rerunAfterMs: number | null): void {
    const nowMs = clock.monoMs();
    if (slot.dueMs <= nowMs) {
      const beat = nextBeat(slot.dueMs, slot.beat.intervalMs, nowMs);
      slot.dueMs = beat.dueMs;
      missedBeats += beat.missed;
    }
    const afterMs = slot.again ? 0 : rerunAfterMs;
    const wantedMs = afterMs === null ? slot.dueMs : nowMs + afterMs;
    slot.state = 'idle';
    if (wantedMs > nowMs) {
      arm(slot, Math.min(slot.dueMs, wantedMs));
    } else {
      slot.startMs = nowMs;
      enqueue(slot);
    }
  }

  function end(slot: Slot<Id>): void {
    slot.cancel();
    slot.state = 'gone';
    queue.delete(slot);
  }

  return {
    set(beats, limits) {
      if (limits !== undefined) ({ maxChecks, maxPerServer } = limits);
      const wanted = new Map(beats.map((beat) => [beat.id, beat]));
      for (const [id, slot] of slots) {
        const beat = wanted.get(id);
        if (beat !== undefined && beat.intervalMs === slot.beat.intervalMs && beat.with === slot.beat.with) {
          slot.beat = beat;
          wanted.delete(id);
          continue;
        }
        end(slot);
        slots.delete(id);
      }
      for (const beat of wanted.values()) {
        const dueMs = firstDueMs(beat, clock.monoMs());
        const slot: Slot<Id> = { beat, dueMs, startMs: dueMs, state: 'idle', again: false, cancel: () => {} };
        slots.set(beat.id, slot);
        arm(slot, dueMs);
      }
    },
    runNow(id) {
      const slot = slots.get(id);
      if (slot === undefined || stopped) return;
      if (slot.state === 'running') slot.again = true;
      if (slot.state !== 'idle') return;
      slot.startMs = clock.monoMs();
      enqueue(slot);
    },
    stats() {
      return {
        checks: slots.size,
        running,
        missedBeats,
        latenessP50Ms: lateness.quantile(0.5),
        latenessP99Ms: lateness.quantile(0.99),
        lastStartMs,
      };
    },
    stop() {
      stopped = true;
      for (const slot of slots.values()) end(slot);
    },
  };
}

/** Checks that begin together keep to one grid, so that one that a reload adds is due with the others. */
function firstDueMs(beat: Beat, nowMs: number): number {
  if (beat.with === undefined) return nowMs + phaseMs(beat.id, beat.intervalMs);
  return nextBeat(phaseMs(beat.with, beat.intervalMs), beat.intervalMs, nowMs).dueMs;
}
