/** What people did in the balancer itself, laid over what is known of the servers: such a hand holds like one of ours. */
import type { Status } from './model.ts';
import type { PoolRule, ServerView } from './pool.ts';
import { hostPort, type TableHand, type TableService } from './table.ts';

export function withHands(
  rule: PoolRule,
  servers: ReadonlyMap<string, ServerView>,
  actual: TableService | undefined,
): ReadonlyMap<string, ServerView> {
  const hands = actual?.hands;
  if (hands === undefined || hands.size === 0) return servers;
  const held = new Map(servers);
  const hold = (name: string, port: number): void => {
    const view = servers.get(name);
    const hand = view === undefined ? undefined : hands.get(hostPort(view.address, port));
    if (view === undefined || hand === undefined) return;
    held.set(name, { ...view, hold: view.hold === 'disable' ? view.hold : hand.hold, status: statusUnder(hand, view) });
  };
  for (const { server, port, backups } of rule.members) {
    hold(server, port);
    for (const backup of backups) hold(backup, port);
  }
  return held;
}

/** Nobody is sought to stand in for a server that is not tested; one that is drained stays there although it fails. */
function statusUnder(hand: TableHand, { status }: ServerView): Status {
  if (!hand.canBeCovered) return 'untested';
  return hand.hold === 'drain' && status === 'fail' ? 'overloaded' : status;
}
