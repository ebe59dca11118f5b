import { type CheckContext, Deadline, type Target, type Trace } from '../../src/plugin.ts';
import type { Cancel } from '../../src/ports.ts';

/** Judges all of them at once; each address is there once. Obeys the signal, and rejects with its reason. */
export type RunTogether<R> = (targets: readonly Target[], together: Together) => Promise<ReadonlyMap<string, R>>;

export interface Together {
  /** Aborted when nobody waits for the run any more. */
  readonly signal: AbortSignal;
  /** Of everybody who waits. */
  readonly trace: Pick<Trace, 'sent' | 'received' | 'note'>;
}

export type Share<R> =
  | { readonly how: 'judged'; readonly result: R; readonly beside: number }
  /** This check's deadline passed. `beside`: how many other addresses the run was for. */
  | { readonly how: 'late'; readonly afterMs: number; readonly beside: number };

/** Joins the next run. Rejects with the reason of an abort that is no deadline. */
export type Join<R> = (target: Target, context: CheckContext) => Promise<Share<R>>;

export interface Gathering<R> {
  readonly run: RunTogether<R>;
  /** Not told for which of several: then each is asked alone, until it gives a clear answer alone. */
  readonly isUnclear: (result: R) => boolean;
  /** Checks of a monitor with one beat start within this time. */
  readonly windowMs: number;
  readonly maxTargets: number;
  readonly after: (delayMs: number, callback: () => void) => Cancel;
}

interface Waiter<R> {
  readonly target: Target;
  readonly context: CheckContext;
  readonly settle: (share: Share<R>) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * One run for all checks that begin at about the same time. A program that takes its hosts one by one is late for all of
 * them because of one that hangs. Nobody is blamed for that: after a late run each of its hosts is asked alone, and
 * those that are quick alone share a run again.
 */
export function gather<R>({ run, isUnclear, windowMs, maxTargets, after }: Gathering<R>): Join<R> {
  const alone = new Set<string>();
  let forming: ((waiter: Waiter<R>) => void) | null = null;

  function form(first: Waiter<R>): (waiter: Waiter<R>) => void {
    const waiters = new Set<Waiter<R>>();
    const addresses = new Map<string, Target>();
    /** What a waiter has to be rid of when it leaves. */
    const leaving = new Map<Waiter<R>, () => void>();
    const calledOff = new AbortController();
    const isLoner = alone.has(first.target.address);
    let begun = false;
    let ended = false;
    const cancel = isLoner || maxTargets === 1 ? () => {} : after(windowMs, begin);

    function add(waiter: Waiter<R>): void {
      const { signal } = waiter.context;
      waiters.add(waiter);
      addresses.set(waiter.target.address, waiter.target);
      const onAbort = (): void => {
        waiters.delete(waiter);
        if (signal.reason instanceof Deadline) {
          const beside = addresses.size - 1;
          if (begun && beside > 0) for (const address of addresses.keys()) alone.add(address);
          waiter.settle({ how: 'late', afterMs: signal.reason.afterMs, beside });
        } else waiter.reject(signal.reason);
        if (waiters.size === 0) end();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      leaving.set(waiter, () => signal.removeEventListener('abort', onAbort));
      if (addresses.size >= maxTargets) begin();
    }

    function begin(): void {
      if (begun) return;
      begun = true;
      cancel();
      if (forming === add) forming = null;
      run([...addresses.values()], { signal: calledOff.signal, trace: traceOfAll(waiters) }).then(judged, failed);
    }

    /** Nobody waits any more. */
    function end(): void {
      ended = true;
      cancel();
      if (forming === add) forming = null;
      calledOff.abort(new Error('nobody waits for it'));
    }

    function judged(results: ReadonlyMap<string, R>): void {
      if (ended) return;
      const beside = addresses.size - 1;
      for (const address of addresses.keys()) {
        const result = results.get(address);
        if (beside > 0 && result !== undefined && isUnclear(result)) alone.add(address);
        else if (beside === 0 && (result === undefined || !isUnclear(result))) alone.delete(address);
      }
      for (const waiter of waiters) {
        leaving.get(waiter)?.();
        const result = results.get(waiter.target.address);
        if (result === undefined) waiter.reject(new Error('no verdict for this address'));
        else waiter.settle({ how: 'judged', result, beside });
      }
    }

    function failed(error: unknown): void {
      for (const waiter of waiters) {
        leaving.get(waiter)?.();
        waiter.reject(error);
      }
    }

    add(first);
    if (isLoner) begin();
    else if (!begun) forming = add;
    return add;
  }

  return (target, context) =>
    new Promise((settle, reject) => {
      const waiter = { target, context, settle, reject };
      if (context.signal.aborted) reject(context.signal.reason);
      else if (forming === null || alone.has(target.address)) form(waiter);
      else forming(waiter);
    });
}

function traceOfAll<R>(waiters: ReadonlySet<Waiter<R>>): Together['trace'] {
  const each = (write: (trace: Trace) => void): void => {
    for (const { context } of waiters) write(context.trace);
  };
  return {
    sent: (bytes) => each((trace) => trace.sent(bytes)),
    received: (bytes) => each((trace) => trace.received(bytes)),
    note: (text) => each((trace) => trace.note(text)),
  };
}
