/** The incidents of the servers: opened, continued and closed by what is wrong with a server. The rules are in core/incident.ts. */
import { type Incident, reopenable, type ServerCondition, turn } from '../../core/incident.ts';
import type { Clock, Random } from '../../ports.ts';

export interface Incidents {
  /** Open incidents by server. */
  open(): ReadonlyMap<string, Incident>;
  /** The incident after its server's condition changed; null: there is none. */
  turn(condition: ServerCondition): Incident | null;
  /** Replaces an open incident, such as by one that was acknowledged. */
  amend(incident: Incident): void;
}

/** `stored`: those that were open when the director stopped. */
export function createIncidents(clock: Clock, random: Random, stored: readonly Incident[]): Incidents {
  const open = new Map(stored.map((incident) => [incident.server, incident]));
  const closed = new Map<string, Incident>();

  function newId(server: string, atMs: number): string {
    const stamp = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
    const tail = Math.floor(random() * 0x1_0000)
      .toString(16)
      .padStart(4, '0');
    return `${stamp}-${server}-${tail}`;
  }

  return {
    open: () => open,
    turn(condition) {
      const { server, problems } = condition;
      const nowMs = clock.wallMs();
      const again = problems.length > 0 ? reopenable(closed.get(server) ?? null, nowMs) : null;
      const incident = turn(open.get(server) ?? again, condition, nowMs, newId);
      if (incident === null) return null;
      if (incident.closedMs === null) {
        open.set(server, incident);
        closed.delete(server);
      } else {
        open.delete(server);
        closed.set(server, incident);
      }
      return incident;
    },
    amend: (incident) => void open.set(incident.server, incident),
  };
}
