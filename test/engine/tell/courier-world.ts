/** A courier on a store in memory, with a clock that only moves when told and an alert that does as told. */
import { onTestFinished } from 'vitest';
import { type Courier, startCourier } from '../../../src/engine/tell/courier.ts';
import type { Notice } from '../../../src/plugin/plugin.ts';
import type { Clock, Log } from '../../../src/ports.ts';
import { openStore } from '../../../src/store/open.ts';
import { type Email, type OutboxRow, portsOf, type Store } from '../../../src/store/store.ts';
import { t0 } from '../../store/rows.ts';

export interface Sent {
  readonly recipient: string;
  readonly notice: Notice;
}

/** What the alert does with an attempt: resolve, reject, or hang until it is let go or aborted. */
export type Behaviour = (to: Sent, signal: AbortSignal) => Promise<void>;

export interface World {
  readonly store: Store;
  readonly courier: Courier;
  readonly sent: readonly Sent[];
  readonly logged: readonly string[];
  readonly rendered: readonly string[];
  readonly nowMs: () => number;
  /** Every further attempt does this. */
  behave(behaviour: Behaviour): void;
  /** Lets promises settle and runs what is due until this much later. */
  pass(ms: number): Promise<void>;
  row(id: string): OutboxRow | undefined;
}

interface Options {
  readonly store?: Store;
  readonly wrap?: (store: Store) => Store;
  readonly render?: (row: OutboxRow, store: Store, nowMs: number) => Email;
  readonly alerts?: readonly string[];
}

export function world(options: Options = {}): World {
  const store = options.store ?? openStore(':memory:');
  const clock = handClock();
  const sent: Sent[] = [];
  const logged: string[] = [];
  const rendered: string[] = [];
  let behaviour: Behaviour = async () => {};
  const action = (recipient: string, notice: Notice, context: { readonly signal: AbortSignal }) => {
    sent.push({ recipient, notice });
    return behaviour({ recipient, notice }, context.signal);
  };
  const alerts = new Map((options.alerts ?? ['oncall', 'chat']).map((name) => [name, { action }]));
  const courier = startCourier({
    store: portsOf(options.wrap?.(store) ?? store).outbox,
    alerts: () => alerts,
    render: async (row) => {
      rendered.push(row.id);
      if (options.render !== undefined) return options.render(row, store, clock.wallMs());
      return { subject: `${row.server} ${row.kind}`, text: `text of ${row.id}`, html: '', references: [] };
    },
    clock,
    random: () => 0,
    log: recordingLog(logged),
    attemptTimeoutMs: 30_000,
  });
  onTestFinished(async () => {
    await courier.stop();
    if (options.store === undefined) store.close();
  });
  return {
    store,
    courier,
    sent,
    logged,
    rendered,
    nowMs: () => clock.wallMs(),
    behave: (next) => {
      behaviour = next;
    },
    pass: (ms) => clock.pass(ms),
    row: (id) => rowOf(store, id),
  };
}

function rowOf(store: Store, id: string): OutboxRow | undefined {
  return [...store.noticesOf('20261121T031204Z-edge1-4f2a'), ...store.noticesOf('i2')].find((row) => row.id === id);
}

function handClock(): Clock & { pass(ms: number): Promise<void> } {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    wallMs: () => t0 + nowMs,
    monoMs: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async pass(ms) {
      const endMs = nowMs + ms;
      await settled();
      for (;;) {
        const next = [...timers].filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.callback();
        await settled();
      }
      nowMs = endMs;
    },
  };
}

function recordingLog(lines: string[]): Log {
  const line = (level: string) => (fields: object, text: string) => {
    const error = 'error' in fields ? `: ${fields.error}` : '';
    if (level !== 'debug') lines.push(`${level} ${text}${error}`);
  };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}
