/** Tells people: asks core/tell.ts about each incident and alert when something turned or time has come, and fills the outbox. */
import type { AlertConfig } from '../config/config.ts';
import type { Incident } from '../core/incident.ts';
import { nothingTold, type TellMemory, tell } from '../core/tell.ts';
import type { NoticeKind } from '../plugin.ts';
import type { Cancel, Clock, Log, Random } from '../ports.ts';
import type { OutboxRow } from '../store/store.ts';
import type { Journal } from './journal.ts';

/** An alert of the configuration with the people it goes to. */
export interface Audience {
  readonly config: AlertConfig;
  readonly recipients: readonly string[];
}

export interface TellerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly journal: Pick<Journal, 'write'>;
  /** Alerts that speak of a server. */
  readonly audiences: (server: string) => readonly Audience[];
  readonly everybody: () => readonly Audience[];
  readonly isDisabled: (server: string) => boolean;
}

export interface Teller {
  turned(incident: Incident): void;
  /** After a start: what was told of an open incident before. */
  resume(incident: Incident, told: readonly OutboxRow[]): void;
  /** About the director itself. */
  announce(text: string): void;
  test(audience: Audience): number;
  stop(): void;
}

/** So long after a turn people are told, in one message, what else turned and what was done about it. */
const gatherMs = 500;
/** A summary that changes while a server comes back piece by piece is not news. */
const settleMs = 3000;

interface Telling {
  incident: Incident;
  readonly memory: Map<string, TellMemory>;
  cancel: Cancel;
}

export function createTeller(options: TellerOptions): Teller {
  const { clock, random, log, journal, audiences, everybody, isDisabled } = options;
  const tellings = new Map<string, Telling>();

  function later(telling: Telling, delayMs: number): void {
    telling.cancel();
    telling.cancel = clock.after(Math.min(delayMs, 2 ** 31 - 1), () => consider(telling));
  }

  function consider(telling: Telling): void {
    const { incident, memory } = telling;
    const nowMs = clock.wallMs();
    const wakeMs: number[] = [];
    const notices: OutboxRow[] = [];
    for (const audience of audiences(incident.server)) {
      const { name, rule } = audience.config;
      const told = memory.get(name) ?? nothingTold;
      const answer = tell(rule, told, incident, isDisabled(incident.server), nowMs);
      if ('hold' in answer) {
        log.debug({ incident: incident.id, alert: name, hold: answer.hold }, 'nobody is told');
        if (answer.untilMs !== null) wakeMs.push(answer.untilMs);
        continue;
      }
      memory.set(name, remember(told, answer.send, incident, nowMs));
      notices.push(...rows(audience, answer.send, { server: incident.server, incident, about: '' }, nowMs));
      if (rule.alerteveryMs !== null) wakeMs.push(nowMs + rule.alerteveryMs);
    }
    if (notices.length > 0) journal.write({ notices });
    if (incident.closedMs !== null) tellings.delete(incident.id);
    else if (wakeMs.length > 0) later(telling, Math.max(0, Math.min(...wakeMs) - nowMs));
  }

  function rows(
    { config, recipients }: Audience,
    kind: NoticeKind,
    what: { readonly server: string | null; readonly incident: Incident | null; readonly about: string },
    nowMs: number,
  ): OutboxRow[] {
    return recipients.map((recipient) => ({
      id: newId(what.incident?.id ?? kind, nowMs),
      alert: config.name,
      recipient,
      kind,
      ...what,
      incidentId: what.incident?.id ?? null,
      atMs: nowMs,
      notBeforeMs: nowMs,
      attempts: 0,
      lastError: '',
      letter: null,
      state: 'waiting',
      settledMs: null,
    }));
  }

  function newId(stem: string, nowMs: number): string {
    const tail = Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
    return `${stem}.${nowMs.toString(36)}.${tail}`;
  }

  return {
    turned(incident) {
      let telling = tellings.get(incident.id);
      if (telling === undefined) {
        telling = { incident, memory: new Map(), cancel: () => {} };
        tellings.set(incident.id, telling);
      }
      telling.incident = incident;
      // What is to be told soon stays so, whatever else turns meanwhile.
      const told = [...telling.memory.values()].flatMap(({ last }) => last ?? []);
      const sameNews =
        incident.closedMs === null && told.length > 0 && told.every(({ status }) => status === incident.status);
      later(telling, sameNews ? settleMs : gatherMs);
    },
    resume(incident, told) {
      const telling: Telling = { incident, memory: new Map(), cancel: () => {} };
      for (const row of told) {
        const before = telling.memory.get(row.alert) ?? nothingTold;
        // Several recipients have a row each for one telling.
        if (before.last?.atMs === row.atMs) continue;
        telling.memory.set(row.alert, remember(before, row.kind, row.incident ?? incident, row.atMs));
      }
      tellings.set(incident.id, telling);
      later(telling, gatherMs);
    },
    announce(text) {
      const nowMs = clock.wallMs();
      const what = { server: null, incident: null, about: text };
      journal.write({ notices: everybody().flatMap((audience) => rows(audience, 'director', what, nowMs)) });
    },
    test(audience) {
      const about = `a test of the alert ${audience.config.name}`;
      const notices = rows(audience, 'test', { server: null, incident: null, about }, clock.wallMs());
      journal.write({ notices });
      return notices.length;
    },
    stop() {
      for (const telling of tellings.values()) telling.cancel();
    },
  };
}

function remember(before: TellMemory, kind: NoticeKind, incident: Incident, atMs: number): TellMemory {
  if (kind === 'recovered') return { ...before, recovered: true };
  return { ...before, count: before.count + 1, last: { atMs, status: incident.status, summary: incident.summary } };
}
