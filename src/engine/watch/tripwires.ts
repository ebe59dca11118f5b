/**
 * Holds one TCP connection next to the checks of a server: when the process at its other end dies, the kernel closes it
 * within a millisecond. A closed connection proves nothing by itself; it is a reason to check at once.
 */
import type { Cancel, Clock, Dial, HangUp } from '../../ports.ts';

export interface Wire<Id extends string> {
  readonly id: Id;
  readonly address: string;
  readonly port: number;
}

export type WireState = 'off' | 'armed' | 'open' | 'waiting';

export interface Tripwires<Id extends string> {
  set(wires: readonly Wire<Id>[]): void;
  /** The check is ok: opens a connection if there is none. */
  arm(id: Id): void;
  /** The check fails: opens no connection until it is ok again. */
  disarm(id: Id): void;
  state(id: Id): WireState;
  stop(): void;
}

interface Held<Id extends string> {
  wire: Wire<Id>;
  /** `open`: it connects. `armed`: it is held. `waiting`: it is tried again later. `off`: the check is not ok yet. */
  state: WireState;
  heldSinceMs: number;
  backOffMs: number;
  hangUp: HangUp;
  cancel: Cancel;
}

const firstBackOffMs = 1000;
const lastBackOffMs = 60_000;
/** A server that closes a connection of at least this age only limits idle clients (nginx-rtmp and GStreamer: 60 s). */
const steadyMs = 10_000;
/** Then we connect again at once: without a connection only the next beat notices a crash. */
const soonMs = 50;

export function createTripwires<Id extends string>(options: {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly onTrip: (id: Id) => void;
}): Tripwires<Id> {
  const { clock, dial, onTrip } = options;
  const all = new Map<Id, Held<Id>>();

  function tryAgain(held: Held<Id>): void {
    held.state = 'waiting';
    held.cancel = clock.after(held.backOffMs, () => hold(held));
    held.backOffMs = Math.min(lastBackOffMs, held.backOffMs * 2);
  }

  function hold(held: Held<Id>): void {
    held.state = 'open';
    const { address, port, id } = held.wire;
    held.hangUp = dial(address, port, {
      onOpen() {
        held.state = 'armed';
        held.heldSinceMs = clock.monoMs();
      },
      onRefused: () => tryAgain(held),
      onFailed: () => tryAgain(held),
      onClosed() {
        if (clock.monoMs() - held.heldSinceMs >= steadyMs) held.backOffMs = soonMs;
        tryAgain(held);
        onTrip(id);
      },
    });
  }

  function drop(held: Held<Id>): void {
    held.cancel();
    held.hangUp();
    held.state = 'off';
  }

  return {
    set(wires) {
      const wanted = new Map(wires.map((wire) => [wire.id, wire]));
      for (const [id, held] of all) {
        const wire = wanted.get(id);
        if (wire?.address === held.wire.address && wire.port === held.wire.port) {
          wanted.delete(id);
          continue;
        }
        drop(held);
        all.delete(id);
      }
      for (const wire of wanted.values()) {
        const rest = { heldSinceMs: 0, backOffMs: firstBackOffMs, hangUp: () => {}, cancel: () => {} };
        all.set(wire.id, { wire, state: 'off', ...rest });
      }
    },
    arm(id) {
      const held = all.get(id);
      if (held?.state === 'off') hold(held);
    },
    disarm(id) {
      const held = all.get(id);
      if (held === undefined || held.state === 'off') return;
      drop(held);
      held.backOffMs = firstBackOffMs;
    },
    state: (id) => all.get(id)?.state ?? 'off',
    stop() {
      for (const held of all.values()) drop(held);
    },
  };
}
