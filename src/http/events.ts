/** Server-sent events: the status now, again after each change, and at least once a beat. */

import { setMaxListeners } from 'node:events';
import type { Views } from '../api/control.ts';
import type { Cancel, Clock } from '../ports.ts';

/** A client that hears nothing for two beats may call the picture stale. */
export const beatMs = 5000;

/** A storm of changes becomes one event in this time; the first one goes out at once. */
const gapMs = 200;

/**
 * Text of the stream. Nothing is queued: a status is made when the client is ready to read one, so a slow client
 * gets the latest and costs no memory. It ends when `stop` aborts.
 */
export function statusEvents(
  control: Pick<Views, 'status' | 'onChange'>,
  clock: Clock,
  stop: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let changed = true;
  let lastMs = Number.NEGATIVE_INFINITY;
  let wake: (() => void) | null = null;
  const unsubscribe = control.onChange(() => {
    changed = true;
    wake?.();
  });
  const onStop = () => wake?.();
  // Every open stream listens to the same signal.
  setMaxListeners(0, stop);
  stop.addEventListener('abort', onStop);
  let cancelled = false;
  const release = () => {
    unsubscribe();
    stop.removeEventListener('abort', onStop);
    cancelled = true;
    wake?.();
  };

  /** Ends at a change that may be sent, at the beat, or at the end. */
  async function due(): Promise<void> {
    while (!stop.aborted && !cancelled) {
      const sinceMs = clock.monoMs() - lastMs;
      const leftMs = changed ? gapMs - sinceMs : beatMs - sinceMs;
      if (leftMs <= 0) return;
      let cancelTimer: Cancel = () => {};
      await new Promise<void>((resolve) => {
        wake = resolve;
        cancelTimer = clock.after(leftMs, resolve);
      });
      cancelTimer();
      wake = null;
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await due();
        if (cancelled) return;
        if (stop.aborted) {
          release();
          controller.close();
          return;
        }
        changed = false;
        lastMs = clock.monoMs();
        try {
          controller.enqueue(encoder.encode(`event: status\ndata: ${JSON.stringify(control.status())}\n\n`));
        } catch (fault) {
          release();
          throw fault;
        }
      },
      cancel: release,
    },
    { highWaterMark: 0 },
  );
}
