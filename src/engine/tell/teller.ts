/** Tells people: asks core/tell.ts about each incident and alert when something turned or time has come, and fills the outbox. */
import type { AlertConfig } from '../../config/config.ts';
import { flapMs, type Incident } from '../../core/incident.ts';
import { nothingTold, remember, type TellMemory, tell } from '../../core/tell.ts';
import type { NoticeKind } from '../../plugin/plugin.ts';
import type { Cancel, Clock, Log, Random } from '../../ports.ts';
import type { OutboxRow } from '../../store/store.ts';
import type { Journal } from '../journal.ts';

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
  /** Looks soon at what is to be told of a server, or of all: a hold was set or is over, an alert was changed. */
  reconsider(server?: string): void;
  /** After a start: what was told before of an incident that is open, or whose recovery nobody heard of. */
  resume(incident: Incident, told: readonly OutboxRow[]): void;
  /** About the director itself. */
  announce(text: string): void;
  test(audience: Audience): number;
  /** Tells what was only being gathered, so that it is on disk before we go. */
  stop(): void;
}

/** So long after a turn people are told, in one message, what else turned and what was done about it. */
const gatherMs = 500;
/** A summary that changes while a server comes back piece by piece is not news. */
const settleMs = 3000;
/** A hold can end without a word, and a reminder may be due then. */
const disabledLookMs = 60_000;
/** What was told is known for as long as the incident can come back. */
const keepMs = flapMs + 60_000;

interface Telling {
  incident: Incident;
  readonly memory: Map<string, TellMemory>;
  cancel: Cancel;
  /** Monotonic ms of the next look, if any. */
  lookMs: number;
}

export function createTeller(options: TellerOptions): Teller {
  const { clock, random, log, journal, audiences, everybody, isDisabled } = options;
  const tellings = new Map<string, Telling>();
  let stopped = false;

  function later(telling: Telling, delayMs: number): void {
    telling.cancel();
    if (stopped) return;
    telling.lookMs = clock.monoMs() + delayMs;
    telling.cancel = clock.after(Math.min(delayMs, 2 ** 31 - 1), () => {
      telling.lookMs = Number.POSITIVE_INFINITY;
      consider(telling);
    });
  }

  /** What is to be told soon stays so, whatever else turns meanwhile. */
  function soon(telling: Telling): void {
    if (telling.lookMs > clock.monoMs() + gatherMs) later(telling, gatherMs);
  }

  function follow(incident: Incident, memory: Map<string, TellMemory>): Telling {
    tellings.get(incident.id)?.cancel();
    const telling: Telling = { incident, memory, cancel: () => {}, lookMs: Number.POSITIVE_INFINITY };
    tellings.set(incident.id, telling);
    return telling;
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
        if (answer.hold === 'disabled') wakeMs.push(nowMs + disabledLookMs);
        // As good as told: the next failure is news.
        if (answer.hold === 'upalert off') memory.set(name, remember(told, 'recovered', incident, nowMs));
        continue;
      }
      memory.set(name, remember(told, answer.send, incident, nowMs));
      notices.push(...rows(audience, answer.send, { server: incident.server, incident, about: '' }, nowMs));
      if (rule.alerteveryMs !== null) wakeMs.push(nowMs + rule.alerteveryMs);
    }
    if (notices.length > 0) journal.write({ notices });
    if (incident.closedMs !== null) {
      if (nowMs >= incident.closedMs + keepMs) {
        tellings.delete(incident.id);
        return;
      }
      wakeMs.push(incident.closedMs + keepMs);
    }
    if (wakeMs.length > 0) later(telling, Math.max(0, Math.min(...wakeMs) - nowMs));
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
      email: null,
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
      const telling = tellings.get(incident.id) ?? follow(incident, new Map());
      telling.incident = incident;
      const told = [...telling.memory.values()].filter(({ last }) => last !== null);
      const sameNews =
        incident.closedMs === null &&
        told.length > 0 &&
        told.every(({ last, recovered }) => last?.status === incident.status && !recovered);
      if (sameNews) later(telling, settleMs);
      else soon(telling);
    },
    reconsider(server) {
      for (const telling of tellings.values()) {
        if (server === undefined || telling.incident.server === server) soon(telling);
      }
    },
    resume(incident, told) {
      const memory = new Map<string, TellMemory>();
      for (const { alert, kind, incident: then, atMs } of told) {
        const before = memory.get(alert) ?? nothingTold;
        // Several recipients have a row each for one telling.
        if (kind === 'director' || kind === 'test' || before.last?.atMs === atMs) continue;
        memory.set(alert, remember(before, kind, then ?? incident, atMs));
      }
      soon(follow(incident, memory));
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
      stopped = true;
      for (const telling of tellings.values()) {
        telling.cancel();
        consider(telling);
      }
    },
  };
}
