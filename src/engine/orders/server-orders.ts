/** Hands on servers: held, let go, their incidents acknowledged; put on disk before they are answered. */

import { type Control, type Ordered, Refusal } from '../../api/control.ts';
import type { Incident } from '../../core/incident.ts';
import type { Hold } from '../../core/model.ts';
import type { Clock, Log } from '../../ports.ts';
import { withReason } from '../../text.ts';
import type { Journal } from '../journal.ts';
import { incidentView, objection } from '../show/views.ts';
import type { Reconciler } from '../steer/reconciler.ts';
import type { Teller } from '../tell/teller.ts';
import { type Board, type ServerRecord, serverStatus } from '../watch/board.ts';
import type { Recorder } from '../watch/recorder.ts';

export interface ServerOrderParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly board: () => Board;
  /** Throws a Refusal for a name that no server has. */
  readonly server: (name: string) => ServerRecord;
  readonly recorder: Pick<Recorder, 'incidents' | 'amend'>;
  readonly reconciler: Pick<Reconciler, 'pools' | 'foresee' | 'kick' | 'settled'>;
  readonly teller: Pick<Teller, 'reconsider'>;
  readonly journal: Pick<Journal, 'write' | 'flush' | 'problem'>;
  readonly changed: () => void;
}

export function createServerOrders(parts: ServerOrderParts): Pick<Control, 'hold' | 'enable' | 'ack'> {
  const { clock, board, journal, reconciler, recorder, server } = parts;

  /** An order that was answered survives kill -9, or says that it would not. */
  function onDisk<T>(answer: T): Ordered<T> {
    journal.flush();
    return { ...answer, unsaved: journal.problem()?.text ?? null };
  }

  function setHold(record: ServerRecord, hold: Hold | null, cause: string, by: string): void {
    const { name } = record.config;
    record.hold = hold;
    parts.teller.reconsider(name);
    const atMs = clock.wallMs();
    reconciler.kick({ text: `${name}: ${cause}`, server: name, incidentId: null, sinceMs: clock.monoMs() });
    const kind = hold?.kind ?? 'enable';
    journal.write({ holds: [{ server: name, hold }], remarks: [{ atMs, kind, server: name, text: cause }] });
    parts.log.info({ server: name, by }, cause);
    parts.changed();
  }

  return {
    async hold(name, { kind, forMs, why, by }) {
      const record = server(name);
      const against = objection(reconciler.pools(), board().servers, { server: name, kind }, (service, views) =>
        reconciler.foresee(service, views),
      );
      if (against !== null) throw new Refusal(against);
      const atMs = clock.wallMs();
      const hold: Hold = { server: name, kind, atMs, untilMs: forMs === null ? null : atMs + forMs, why, by };
      setHold(record, hold, `${kind} by ${by}${withReason(why)}`, by);
      await reconciler.settled();
      return onDisk(hold);
    },

    async enable(name, by, why) {
      const record = server(name);
      const lifted = record.hold;
      record.returnNow = serverStatus(record) === 'ok';
      setHold(record, null, `enable by ${by}${withReason(why)}`, by);
      await reconciler.settled();
      return onDisk({ lifted });
    },

    ack(name, by, why) {
      server(name);
      const incident = recorder.incidents().get(name);
      if (incident === undefined) throw new Refusal(`${name} has no open incident to acknowledge`);
      const atMs = clock.wallMs();
      const acked: Incident = { ...incident, ack: { by, why, atMs } };
      recorder.amend(acked);
      journal.write({
        remarks: [{ atMs, kind: 'ack', server: name, text: `acknowledged by ${by}${withReason(why)}` }],
      });
      const answer = onDisk(incidentView(acked));
      parts.changed();
      return answer;
    },
  };
}

/** Lifts holds whose time is over. */
export function liftExpired(
  parts: Pick<ServerOrderParts, 'board' | 'clock' | 'journal' | 'reconciler' | 'teller' | 'log' | 'changed'>,
): void {
  const nowMs = parts.clock.wallMs();
  for (const record of parts.board().servers.values()) {
    const { hold } = record;
    if (hold?.untilMs == null || hold.untilMs > nowMs) continue;
    const { name } = record.config;
    const text = `${hold.kind} by ${hold.by} is over`;
    record.hold = null;
    parts.teller.reconsider(name);
    parts.reconciler.kick({ text: `${name}: ${text}`, server: name, incidentId: null, sinceMs: parts.clock.monoMs() });
    parts.journal.write({
      holds: [{ server: name, hold: null }],
      remarks: [{ atMs: nowMs, kind: 'enable', server: name, text }],
    });
    parts.log.info({ server: name }, text);
    parts.changed();
  }
}
