import { type CheckContext, Deadline, type Target, type Trace } from '../../src/plugin/plugin.ts';
import type { Cancel } from '../../src/ports.ts';

/** Checks all addresses in one run; each occurs once. Rejects with the signal's reason. */
export type RunTogether<R> = (targets: readonly Target[], together: Together) => Promise<ReadonlyMap<string, R>>;

export interface Together {
  /** Aborted when no check waits for the run any more. */
  readonly signal: AbortSignal;
  /** The latest deadline of all waiting checks. */
  readonly trace: Pick<Trace, 'sent' | 'received' | 'note'>;
}

export type Share<R> =
  | { readonly how: 'judged'; readonly result: R; readonly beside: number }
  /** This check's deadline passed. `beside`: the number of other addresses in the run. */
  | { readonly how: 'late'; readonly afterMs: number; readonly beside: number };

/** Joins the next run. Rejects with the reason of an abort other than the deadline. */
export type Join<R> = (target: Target, context: CheckContext) => Promise<Share<R>>;

export interface Gathering<R> {
  readonly run: RunTogether<R>;
  /** True if the run did not say which of several addresses failed: each is then checked alone until its result is clear. */
  readonly isUnclear: (result: R) => boolean;
  /** Checks of a monitor that start together do so within this time. */
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
 * One run for all checks that start at about the same time. A program that checks its hosts one by one is late for all of
 * them if one hangs. No server is blamed for that: after a late run each host is checked alone, and those that are quick
 * alone share a run again.
 */
export function gather<R>(options: Gathering<R>): Join<R> {
  const alone = new Set<string>();
  let forming: Party<R> | null = null;
  return (target, context) =>
    new Promise((settle, reject) => {
      if (context.signal.aborted) return reject(context.signal.reason);
      const isLoner = alone.has(target.address);
      const waiter = { target, context, settle, reject };
      if (forming !== null && !isLoner) return forming.add(waiter);
      const party = createParty(options, alone, () => {
        if (forming === party) forming = null;
      });
      if (!isLoner) forming = party;
      party.add(waiter);
      if (isLoner) party.begin();
      else party.beginSoon();
    });
}

/** Checks that share one run: it accepts more until it starts, and ends when no check waits for it any more. */
interface Party<R> {
  add(waiter: Waiter<R>): void;
  begin(): void;
  /** When the window closes, if the run has not started by then. */
  beginSoon(): void;
}

/** `alone`: addresses that are checked alone; a run updates it. `closed`: called when no check can join any more. */
function createParty<R>(options: Gathering<R>, alone: Set<string>, closed: () => void): Party<R> {
  /** Each with the function that releases it. */
  const waiters = new Map<Waiter<R>, () => void>();
  const addresses = new Map<string, Target>();
  const calledOff = new AbortController();
  let state: 'open' | 'begun' | 'ended' = 'open';
  let closeWindow: Cancel = () => {};

  function close(): void {
    closeWindow();
    closed();
  }

  function leave(waiter: Waiter<R>, reason: unknown): void {
    waiters.delete(waiter);
    if (reason instanceof Deadline) {
      const beside = addresses.size - 1;
      if (state === 'begun' && beside > 0) for (const address of addresses.keys()) alone.add(address);
      waiter.settle({ how: 'late', afterMs: reason.afterMs, beside });
    } else waiter.reject(reason);
    if (waiters.size > 0) return;
    state = 'ended';
    close();
    calledOff.abort(new Error('nobody waits for it'));
  }

  function begin(): void {
    if (state !== 'open') return;
    state = 'begun';
    close();
    const together = { signal: calledOff.signal, trace: traceOfAll(waiters) };
    options.run([...addresses.values()], together).then(judged, failed);
  }

  function judged(results: ReadonlyMap<string, R>): void {
    if (state === 'ended') return;
    learn(results, addresses, options.isUnclear, alone);
    for (const [waiter, letGo] of waiters) {
      letGo();
      const result = results.get(waiter.target.address);
      if (result === undefined) waiter.reject(new Error('no verdict for this address'));
      else waiter.settle({ how: 'judged', result, beside: addresses.size - 1 });
    }
  }

  function failed(error: unknown): void {
    for (const [waiter, letGo] of waiters) {
      letGo();
      waiter.reject(error);
    }
  }

  return {
    add(waiter) {
      const { signal } = waiter.context;
      const onAbort = (): void => leave(waiter, signal.reason);
      waiters.set(waiter, () => signal.removeEventListener('abort', onAbort));
      addresses.set(waiter.target.address, waiter.target);
      signal.addEventListener('abort', onAbort, { once: true });
      if (addresses.size >= options.maxTargets) begin();
    },
    begin,
    beginSoon() {
      if (state === 'open') closeWindow = options.after(options.windowMs, begin);
    },
  };
}

/** Addresses with unclear results are checked alone from now on; those that are clear alone may share a run again. */
function learn<R>(
  results: ReadonlyMap<string, R>,
  addresses: ReadonlyMap<string, Target>,
  isUnclear: Gathering<R>['isUnclear'],
  alone: Set<string>,
): void {
  for (const address of addresses.keys()) {
    const result = results.get(address);
    const unclear = result !== undefined && isUnclear(result);
    if (unclear && addresses.size > 1) alone.add(address);
    else if (!unclear && addresses.size === 1) alone.delete(address);
  }
}

function traceOfAll<R>(waiters: ReadonlyMap<Waiter<R>, unknown>): Together['trace'] {
  const each = (write: (trace: Trace) => void): void => {
    for (const { context } of waiters.keys()) write(context.trace);
  };
  return {
    sent: (bytes) => each((trace) => trace.sent(bytes)),
    received: (bytes) => each((trace) => trace.received(bytes)),
    note: (text) => each((trace) => trace.note(text)),
  };
}
