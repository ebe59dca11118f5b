/** Lays drains and maintenance that were set in the balancer itself over what is known of the servers: they hold like a manual override of ours. */
import type { Status } from './model.ts';
import type { PoolRule, ServerView } from './pool.ts';
import { type ExternalHold, hostPort, type TableService } from './table.ts';

export function withExternalHolds(
  rule: PoolRule,
  servers: ReadonlyMap<string, ServerView>,
  actual: TableService | undefined,
): ReadonlyMap<string, ServerView> {
  const externalHolds = actual?.externalHolds;
  if (externalHolds === undefined || externalHolds.size === 0) return servers;
  const views = new Map(servers);
  const lay = (name: string, port: number): void => {
    const view = servers.get(name);
    const found = view === undefined ? undefined : externalHolds.get(hostPort(view.address, port));
    if (view === undefined || found === undefined) return;
    const hold = view.hold === 'disable' ? view.hold : found.hold;
    views.set(name, { ...view, hold, status: statusUnder(found, view) });
  };
  for (const { server, port, backups } of rule.members) {
    lay(server, port);
    for (const backup of backups) lay(backup, port);
  }
  return views;
}

/** An untested server gets no stand-in. A drained one stays in the table even if it fails. */
function statusUnder(external: ExternalHold, { status }: ServerView): Status {
  if (!external.canBeCovered) return 'untested';
  return external.hold === 'drain' && status === 'fail' ? 'overloaded' : status;
}
