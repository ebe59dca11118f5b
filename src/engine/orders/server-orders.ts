/** Orders about servers: hold, enable, acknowledge. Each is on disk before it is answered. */
import { type Orders, Refusal } from '../../api/control.ts';
import type { Hold } from '../../core/model.ts';
import { withReason } from '../../text.ts';
import { incidentView } from '../show/server-views.ts';
import { type OrderParts, unsaved } from './order-parts.ts';
import { knownServer } from './probe.ts';

export function createServerOrders(parts: OrderParts): Pick<Orders, 'hold' | 'enable' | 'ack'> {
  const { clock, config, overrides, watch, steer, tell, journal } = parts;

  return {
    async hold(name, { kind, forMs, why, by }) {
      knownServer(config(), name);
      refuseBelowMinimum(parts, name, kind);
      const atMs = clock.wallMs();
      const hold: Hold = { server: name, kind, atMs, untilMs: forMs === null ? null : atMs + forMs, why, by };
      setHold(parts, name, hold, `${kind} by ${by}${withReason(why)}`);
      await steer.settled();
      return { ...hold, unsaved: unsaved(journal) };
    },

    async enable(name, by, why) {
      knownServer(config(), name);
      const lifted = overrides.hold(name);
      watch.returnNow(name);
      setHold(parts, name, null, `enable by ${by}${withReason(why)}`);
      await steer.settled();
      return { lifted, unsaved: unsaved(journal) };
    },

    ack(name, by, why) {
      knownServer(config(), name);
      const incident = tell.incidents().get(name);
      if (incident === undefined) throw new Refusal(`${name} has no open incident to acknowledge`);
      const atMs = clock.wallMs();
      const acked = { ...incident, ack: { by, why, atMs } };
      tell.amend(acked);
      journal.write({
        remarks: [{ atMs, kind: 'ack', server: name, text: `acknowledged by ${by}${withReason(why)}` }],
      });
      const answer = { ...incidentView(acked), unsaved: unsaved(journal) };
      parts.changed();
      return answer;
    },
  };
}

/** Lifts the holds that have expired, of servers that are in the configuration. */
export function liftExpiredHolds(parts: OrderParts): void {
  for (const { server, kind, by } of parts.overrides.expired(parts.clock.wallMs()).holds) {
    if (parts.config().servers.has(server)) setHold(parts, server, null, `${kind} by ${by} expired`);
  }
}

/** null: lifts it. */
function setHold(parts: OrderParts, server: string, hold: Hold | null, text: string): void {
  const { clock, log, overrides, steer, tell, journal, changed } = parts;
  if (hold === null) overrides.liftHold(server);
  else overrides.setHold(hold);
  tell.reconsider(server);
  steer.kick({ text: `${server}: ${text}`, server, incidentId: null, sinceMs: clock.monoMs() });
  journal.write({
    holds: [{ server, hold }],
    remarks: [{ atMs: clock.wallMs(), kind: hold?.kind ?? 'enable', server, text }],
  });
  log.info({ server }, text);
  changed();
}

/** Refuses a hold that would leave a pool with fewer pooled servers than its minimum (law 3). */
function refuseBelowMinimum({ steer, watch }: OrderParts, server: string, kind: Hold['kind']): void {
  for (const { config, rule, decision } of steer.pools().values()) {
    if (!decision?.places.some((place) => place.server === server && (place.weight ?? 0) > 0)) continue;
    const view = watch.serverView(config.balancer, server, null);
    if (view === undefined) return;
    const left = steer.foresee(config.name, new Map([[server, { ...view, hold: kind }]]));
    const pooled = left?.entries.filter((entry) => entry.weight > 0).length ?? 0;
    if (pooled >= rule.minPooled) continue;
    throw new Refusal(
      `refused to ${kind} ${server}: ${config.name} would be left with ${pooled} pooled, expected at least ${rule.minPooled} (min_pooled)`,
    );
  }
}
