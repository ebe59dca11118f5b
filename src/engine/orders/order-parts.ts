/** What every order needs. */
import type { Config } from '../../config/config.ts';
import type { Clock, Log } from '../../ports.ts';
import type { Journal } from '../journal.ts';
import type { Overrides } from '../overrides.ts';
import type { Steer } from '../steer/steer.ts';
import type { Tell } from '../tell/tell.ts';
import type { Watch } from '../watch/watch.ts';

export interface OrderParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: () => Config;
  readonly overrides: Overrides;
  readonly watch: Watch;
  readonly steer: Steer;
  readonly tell: Tell;
  readonly journal: Pick<Journal, 'write' | 'flush' | 'problem'>;
  readonly changed: () => void;
}

/** Why an order that was applied is not on disk, so that a crash would lose it; null: it is. */
export function unsaved(journal: OrderParts['journal']): string | null {
  journal.flush();
  return journal.problem()?.text ?? null;
}
