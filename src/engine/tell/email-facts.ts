/** Collects what an email says besides its notice. The alert that sends it turns this into text. */
import type { EmailInput } from '../../../alerts/email-input.ts';
import type { OwnProblem } from '../../api/status.ts';
import type { Config } from '../../config/config.ts';
import type { Outbox, OutboxRow } from '../../store/store.ts';

/** The director's own part of an email. */
export interface Situation {
  config(): Config;
  /** Servers that are pooled although failing, one line each. */
  kept(): readonly string[];
  /** Servers that stand in for this one now. */
  standIns(server: string): readonly string[];
  /** The director's own problems. */
  problems(): readonly OwnProblem[];
}

export async function emailInput(
  row: OutboxRow,
  situation: Situation,
  outbox: Pick<Outbox, 'noticesOf' | 'actionsOf'>,
  nowMs: number,
): Promise<EmailInput> {
  const { incidentId, server } = row;
  const { services, servers, director } = situation.config();
  const places = [...services.values()].flatMap(({ members }) => members);
  return {
    notice: row,
    thread: incidentId === null ? [] : await outbox.noticesOf(incidentId),
    actions: incidentId === null ? [] : await outbox.actionsOf(incidentId),
    kept: situation.kept(),
    problems: situation.problems(),
    backups: places.filter((place) => place.server === server).flatMap(({ backups }) => backups),
    standIns: row.kind === 'recovered' || server === null ? [] : situation.standIns(server),
    names: new Map([...servers.values()].map(({ name, address }) => [address, name])),
    director: director.name,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    nowMs,
  };
}
