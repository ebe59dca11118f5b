/**
 * Decides who is notified of each incident: asks core/tell.ts for each alert when the incident changed or when its time
 * has come, and fills the outbox.
 */
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
  /** The alerts that report a server. */
  readonly audiences: (server: string) => readonly Audience[];
  readonly everybody: () => readonly Audience[];
  readonly isDisabled: (server: string) => boolean;
}

export interface Teller {
  /** The incident was opened, changed or closed. */
  turned(incident: Incident): void;
  /** Decides again soon, for one server or for all: a hold was set or lifted, an alert was changed. */
  reconsider(server?: string): void;
  /** After a start: takes the notices so far of an incident that is open, or whose recovery was not reported. */
  resume(incident: Incident, sent: readonly OutboxRow[]): void;
  /** Notifies everybody of something about the director itself. */
  announce(text: string): void;
  /** Returns the number of notices. */
  test(audience: Audience): number;
  /** Writes the notices that were being gathered, so that they are on disk before we stop. */
  stop(): void;
}

/** People are notified this long after a change, so that one message has other changes and what was done about them. */
const gatherMs = 500;
/** A summary that changes while a server comes back piece by piece is not news. */
const settleMs = 3000;
/** A hold can expire, and a reminder may be due then. */
const disabledAgainMs = 60_000;
/** What was reported is remembered for as long as the incident can be reopened. */
const keepMs = flapMs + 60_000;

interface Followed {
  incident: Incident;
  readonly memory: Map<string, TellMemory>;
  cancel: Cancel;
  /** Monotonic ms of the next decision; infinite: none is due. */
  dueMs: number;
}

export function createTeller(options: TellerOptions): Teller {
  const { clock, random, log, journal, audiences, everybody, isDisabled } = options;
  const incidents = new Map<string, Followed>();
  let stopped = false;

  function later(followed: Followed, delayMs: number): void {
    followed.cancel();
    if (stopped) return;
    followed.dueMs = clock.monoMs() + delayMs;
    followed.cancel = clock.after(Math.min(delayMs, 2 ** 31 - 1), () => {
      followed.dueMs = Number.POSITIVE_INFINITY;
      decide(followed);
    });
  }

  /** Never postpones a decision that is already due soon. */
  function soon(followed: Followed): void {
    if (followed.dueMs > clock.monoMs() + gatherMs) later(followed, gatherMs);
  }

  function follow(incident: Incident, memory: Map<string, TellMemory>): Followed {
    incidents.get(incident.id)?.cancel();
    const followed: Followed = { incident, memory, cancel: () => {}, dueMs: Number.POSITIVE_INFINITY };
    incidents.set(incident.id, followed);
    return followed;
  }

  function decide(followed: Followed): void {
    const { incident, memory } = followed;
    const nowMs = clock.wallMs();
    const wakeMs: number[] = [];
    const notices: OutboxRow[] = [];
    for (const audience of audiences(incident.server)) {
      const { name, rule } = audience.config;
      const before = memory.get(name) ?? nothingTold;
      const answer = tell(rule, before, incident, isDisabled(incident.server), nowMs);
      if ('hold' in answer) {
        log.debug({ incident: incident.id, alert: name, hold: answer.hold }, 'no notice');
        if (answer.untilMs !== null) wakeMs.push(answer.untilMs);
        if (answer.hold === 'disabled') wakeMs.push(nowMs + disabledAgainMs);
        // It counts as reported: the next failure is news.
        if (answer.hold === 'upalert off') memory.set(name, remember(before, 'recovered', incident, nowMs));
        continue;
      }
      memory.set(name, remember(before, answer.send, incident, nowMs));
      notices.push(...noticesFor(audience, answer.send, { server: incident.server, incident, about: '' }, nowMs));
      if (rule.alerteveryMs !== null) wakeMs.push(nowMs + rule.alerteveryMs);
    }
    if (notices.length > 0) journal.write({ notices });
    if (incident.closedMs !== null) {
      if (nowMs >= incident.closedMs + keepMs) {
        incidents.delete(incident.id);
        return;
      }
      wakeMs.push(incident.closedMs + keepMs);
    }
    if (wakeMs.length > 0) later(followed, Math.max(0, Math.min(...wakeMs) - nowMs));
  }

  function noticesFor(
    { config, recipients }: Audience,
    kind: NoticeKind,
    subject: { readonly server: string | null; readonly incident: Incident | null; readonly about: string },
    nowMs: number,
  ): OutboxRow[] {
    return recipients.map((recipient) => ({
      id: newId(subject.incident?.id ?? kind, nowMs),
      alert: config.name,
      recipient,
      kind,
      ...subject,
      incidentId: subject.incident?.id ?? null,
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
      const followed = incidents.get(incident.id) ?? follow(incident, new Map());
      followed.incident = incident;
      const reported = [...followed.memory.values()].filter(({ last }) => last !== null);
      const isKnown =
        incident.closedMs === null &&
        reported.length > 0 &&
        reported.every(({ last, recovered }) => last?.status === incident.status && !recovered);
      if (isKnown) later(followed, settleMs);
      else soon(followed);
    },
    reconsider(server) {
      for (const followed of incidents.values()) {
        if (server === undefined || followed.incident.server === server) soon(followed);
      }
    },
    resume(incident, sent) {
      const memory = new Map<string, TellMemory>();
      for (const { alert, kind, incident: then, atMs } of sent) {
        const before = memory.get(alert) ?? nothingTold;
        // One notice has a row for each recipient.
        if (kind === 'director' || kind === 'test' || before.last?.atMs === atMs) continue;
        memory.set(alert, remember(before, kind, then ?? incident, atMs));
      }
      soon(follow(incident, memory));
    },
    announce(text) {
      const nowMs = clock.wallMs();
      const subject = { server: null, incident: null, about: text };
      journal.write({ notices: everybody().flatMap((audience) => noticesFor(audience, 'director', subject, nowMs)) });
    },
    test(audience) {
      const about = `a test of the alert ${audience.config.name}`;
      const notices = noticesFor(audience, 'test', { server: null, incident: null, about }, clock.wallMs());
      journal.write({ notices });
      return notices.length;
    },
    stop() {
      stopped = true;
      for (const followed of incidents.values()) {
        followed.cancel();
        decide(followed);
      }
    },
  };
}
