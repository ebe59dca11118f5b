/** Law 1, the whole view: when most servers cannot be judged at all, the trouble is ours, and that is said once. */
import type { OwnTrouble } from '../http/api.ts';
import type { Clock, Log } from '../ports.ts';
import type { Board } from './board.ts';

export interface Blindness {
  /** Looks at the board; to be called now and then. */
  look(): void;
  trouble(): OwnTrouble | null;
}

/** Not said before it lasted so long: a check or two that come late are no blindness. */
const lastsMs = 10_000;

export function createBlindness(options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly board: () => Board;
  readonly onBlind: (text: string) => void;
}): Blindness {
  const { clock, log, board, onBlind } = options;
  let sinceMs: number | null = null;
  let said = false;
  let text = '';

  return {
    look() {
      const blind = blindServers(board());
      if (blind === null) {
        if (said) log.info({}, 'the servers can be judged again');
        sinceMs = null;
        said = false;
        return;
      }
      text = blind;
      sinceMs ??= clock.wallMs();
      if (said || clock.wallMs() - sinceMs < lastsMs) return;
      said = true;
      log.warn({}, text);
      onBlind(text);
    },
    trouble: () => (said && sinceMs !== null ? { kind: 'frozen', text, sinceMs } : null),
  };
}

/** null while at least half of the servers can be judged. */
function blindServers({ servers }: Board): string | null {
  const watched = [...servers.values()].filter((server) => server.checks.length > 0);
  const blind = watched.filter((server) => server.checks.every((check) => check.last?.status === 'unknown'));
  const cause = blind[0]?.checks[0]?.last?.summary;
  if (cause === undefined || blind.length * 2 <= watched.length) return null;
  return `${blind.length} of ${watched.length} servers cannot be judged, and keep what they were held to be: ${cause}`;
}
