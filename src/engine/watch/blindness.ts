/** Law 1 for all servers together: when most of them cannot be checked, the problem is ours. */
import type { OwnProblem } from '../../api/control.ts';
import type { Observation } from '../../core/model.ts';
import type { Clock } from '../../ports.ts';
import type { Board } from './board.ts';

export interface Blindness {
  /** To be called every second. */
  poll(board: Board): void;
  problem(): OwnProblem | null;
}

/** Reported only after this long; one or two late checks do not count. */
const lastsMs = 10_000;

export function createBlindness(clock: Clock): Blindness {
  let sinceMs: number | null = null;
  let text = '';
  return {
    poll(board) {
      const blind = uncheckedServers(board);
      sinceMs = blind === null ? null : (sinceMs ?? clock.wallMs());
      text = blind ?? '';
    },
    problem() {
      return sinceMs === null || clock.wallMs() - sinceMs < lastsMs ? null : { kind: 'frozen', text, sinceMs };
    },
  };
}

/** null while at least half of the servers can be checked. */
function uncheckedServers({ servers }: Board): string | null {
  const watched = [...servers.values()].filter((server) => server.checks.length > 0);
  const blind = watched.filter((server) => server.checks.every(({ last }) => isUnexplained(last)));
  const cause = blind[0]?.checks[0]?.last?.summary;
  if (cause === undefined || blind.length * 2 <= watched.length) return null;
  return `${blind.length} of ${watched.length} servers cannot be checked; their last known status is kept: ${cause}`;
}

/** A silent reference explains what is doubted because of it, until the next run after it came back. */
function isUnexplained(last: Observation | null): boolean {
  return last?.status === 'unknown' && last.doubtedBy !== 'reference';
}
