/** What a server is held to be, from its checks. */
import type { Status } from './model.ts';

const badness: Readonly<Record<Status, number>> = { ok: 0, untested: 1, overloaded: 2, fail: 3 };

/** The worst of its checks; `untested` while one of them is and none is bad, or when it has none. */
export function worst(statuses: Iterable<Status>): Status {
  let result: Status | null = null;
  for (const status of statuses) if (result === null || badness[status] > badness[result]) result = status;
  return result ?? 'untested';
}
