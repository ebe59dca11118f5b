/** Notifies people: incidents, which notice goes to whom and when, and the delivery from the outbox. */

import type { EmailInput } from '../../../alerts/email-input.ts';
import { Refusal } from '../../api/control.ts';
import type { Config } from '../../config/config.ts';
import type { Incident, ServerCondition } from '../../core/incident.ts';
import type { Alert } from '../../plugin/plugin.ts';
import type { Clock, Log, Random } from '../../ports.ts';
import type { Email, StorePorts } from '../../store/store.ts';
import { type Journal, remarksIn } from '../journal.ts';
import { audiencesOf, type ReadyAlert, readyAlerts } from './alerts.ts';
import { type MailStatus, startCourier } from './courier.ts';
import { emailInput, type Situation } from './email-facts.ts';
import { createIncidents, type Incidents } from './incidents.ts';
import { createOwnProblems } from './own-problems.ts';
import { createTeller, type Teller } from './teller.ts';

export interface TellPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly journal: Pick<Journal, 'write'>;
  readonly store: Pick<StorePorts, 'boot' | 'outbox'>;
  /** The alert types for a configuration: they may hold a mail section. */
  readonly alertTypes: (config: Config) => ReadonlyMap<string, Alert>;
  readonly isDisabled: (server: string) => boolean;
  readonly render: (input: EmailInput) => Email;
  readonly situation: Situation;
}

export interface Tell extends Pick<Incidents, 'turn'>, Pick<Teller, 'reconsider'> {
  /** Prepares a configuration, and may throw; what it returns takes it into force, and cannot. */
  prepare(config: Config): () => void;
  /** Open incidents by server. */
  incidents(): ReadonlyMap<string, Incident>;
  /** People hear of the incident half a second later, together with what was done until then. */
  gather(incident: Incident): void;
  /** Records an incident that an operator changed, such as by an acknowledgement. */
  amend(incident: Incident): void;
  /** Turns each open incident by the condition of its server, as after a reload: some checks and servers may be gone. */
  recheck(condition: (server: string) => ServerCondition): void;
  /** Returns the number of notices; throws Refusal for an alert that does not notify anyone. */
  test(alert: string): number;
  /** The outbox as of the last time that the store answered. */
  mail(): MailStatus;
  /** Notices are on disk and may be delivered. */
  wake(): void;
  /** To be called every second. */
  poll(): void;
  /** Stores what was still gathered. */
  stop(): void;
  /** Ends the delivery. */
  close(): Promise<void>;
}

/** How old a recovery that we could not report before the restart may be and still be mailed. */
const unreportedMs = 86_400_000;

export function startTell(ports: TellPorts): Tell {
  const { clock, random, log, journal, store } = ports;
  const startedMs = clock.wallMs();
  let config: Config | null = null;
  let alerts: ReadonlyMap<string, ReadyAlert> = new Map();
  const open = store.boot.openIncidents();
  const incidents = createIncidents(clock, random, open);
  const teller = createTeller({
    ...ports,
    audiences: (server) => (config === null ? [] : audiencesOf(config, alerts, server)),
    everybody: () => [...alerts.values()],
  });
  const ownProblems = createOwnProblems({
    ...ports,
    problems: ports.situation.problems,
    announce: teller.announce,
    remark: remarksIn(journal, clock),
  });
  for (const incident of [...open, ...store.boot.untoldRecoveries(startedMs - unreportedMs)]) {
    teller.resume(incident, store.boot.noticesOf(incident.id));
  }
  const courier = startCourier({
    store: store.outbox,
    alerts: () => alerts,
    render: async (row) => ports.render(await emailInput(row, ports.situation, store.outbox, clock.wallMs())),
    clock,
    random,
    log,
  });

  function record(incident: Incident): void {
    journal.write({ incidents: [incident] });
    teller.turned(incident);
  }

  return {
    prepare(next) {
      const ready = readyAlerts(next, ports.alertTypes(next));
      return () => {
        config = next;
        alerts = ready;
      };
    },
    incidents: incidents.open,
    turn: incidents.turn,
    gather: teller.turned,
    reconsider: teller.reconsider,
    amend(incident) {
      incidents.amend(incident);
      record(incident);
    },
    recheck(condition) {
      for (const [server, before] of [...incidents.open()]) {
        const incident = incidents.turn(condition(server));
        if (incident !== null && incident !== before) record(incident);
      }
    },
    test(name) {
      const alert = alerts.get(name);
      if (alert !== undefined) return teller.test(alert);
      const names = [...alerts.keys()];
      const expected =
        names.length === 0 ? 'an alert that notifies people, and there is none' : `one of ${names.join(', ')}`;
      throw new Refusal(`expected ${expected}, got \`${name}\``, true);
    },
    mail: courier.status,
    wake: courier.wake,
    poll: ownProblems.poll,
    stop: teller.stop,
    close: courier.stop,
  };
}
