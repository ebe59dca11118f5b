/** Law 1, the whole view: when most servers cannot be judged at all, the problem is ours. */

import type { OwnProblem } from '../../api/control.ts';
import type { Observation } from '../../core/model.ts';
import type { Clock } from '../../ports.ts';
import type { Board } from './board.ts';

export interface Blindness {
  /** Looks at the board; to be called now and then. */
  look(): void;
  problem(): OwnProblem | null;
}

/** No problem before it lasted so long: a check or two that come late are no blindness. */
const lastsMs = 10_000;

export function createBlindness(clock: Clock, board: () => Board): Blindness {
  let sinceMs: number | null = null;
  let text = '';
  return {
    look() {
      const blind = blindServers(board());
      sinceMs = blind === null ? null : (sinceMs ?? clock.wallMs());
      text = blind ?? '';
    },
    problem() {
      return sinceMs === null || clock.wallMs() - sinceMs < lastsMs ? null : { kind: 'frozen', text, sinceMs };
    },
  };
}

/** null while at least half of the servers can be judged. */
function blindServers({ servers }: Board): string | null {
  const watched = [...servers.values()].filter((server) => server.checks.length > 0);
  const blind = watched.filter((server) => server.checks.every(({ last }) => isUnexplained(last)));
  const cause = blind[0]?.checks[0]?.last?.summary;
  if (cause === undefined || blind.length * 2 <= watched.length) return null;
  return `${blind.length} of ${watched.length} servers cannot be judged, and keep what they were held to be: ${cause}`;
}

/** What is doubted for the sake of a silent reference is explained by it, also until the next run after it came back. */
function isUnexplained(last: Observation | null): boolean {
  return last?.status === 'unknown' && last.doubtedBy !== 'reference';
}
