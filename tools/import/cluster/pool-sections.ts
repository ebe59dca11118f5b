/** Servers and virtual services as sections of the document. Each member has backups of its own. */

import { hostPort } from '../../../src/core/table.ts';
import { formatDurationMs } from '../../../src/plugin/fields.ts';
import { type Backend, isSteered, type PoolAddress, type PoolTraits } from './cluster.ts';

export interface PoolDraft extends PoolTraits {
  readonly members: readonly MemberDraft[];
  /** Names of HAProxy's lines where they are others, by server. */
  readonly lines?: Readonly<Record<string, string>>;
  /** Recovered members come back by themselves. */
  readonly failsBack: boolean;
}

export interface MemberDraft {
  readonly server: string;
  readonly weight: number;
  /** null: that of the service. */
  readonly port: number | null;
  /** Names of servers, best first. */
  readonly backups: readonly string[];
}

type Section = Readonly<Record<string, unknown>>;

/** `servers`: names and addresses of all there are, in their order. */
export function poolSections(
  servers: ReadonlyMap<string, string>,
  pools: readonly PoolDraft[],
): { readonly servers: Section; readonly virtualServices: Section } {
  const usual = usualBackups(pools);
  const shared = sharedServers(pools);
  const serverEntry = (name: string, address: string) => ({
    address,
    ...optional('backups', usual.get(name) ?? []),
    ...(shared.has(name) ? { shared: true } : {}),
  });
  const services = pools.flatMap((pool) => {
    return isSteered(pool.at) ? [[pool.name, poolEntry(pool, usual)] as const] : [];
  });
  return {
    servers: Object.fromEntries([...servers].map(([name, address]) => [name, serverEntry(name, address)])),
    virtualServices: Object.fromEntries(services),
  };
}

function poolEntry(pool: PoolDraft, usual: ReadonlyMap<string, readonly string[]>): Section {
  const { at, scheduler, persistenceS, persistencePrefix } = pool;
  const members = pool.members.map((member) => {
    const { server, weight, port, backups } = member;
    const own = sameList(backups, usual.get(server) ?? []) ? {} : { backups };
    return [server, { ...(weight === 1 ? {} : { weight }), ...(port === null ? {} : { port }), ...own }] as const;
  });
  const isPlain = members.every(([, entry]) => Object.keys(entry).length === 0);
  const persistence = persistenceS === null ? {} : { persistence: formatDurationMs(persistenceS * 1000) };
  const prefix = persistenceS === null || persistencePrefix === null ? {} : { persistence_prefix: persistencePrefix };
  return {
    ...(at.kind === 'haproxy' ? backendEntry(at, pool.lines ?? {}) : addressEntry(at)),
    ...(scheduler === null ? {} : { scheduler }),
    ...persistence,
    ...prefix,
    ...(at.kind === 'haproxy' ? {} : { forward: pool.forward }),
    servers: isPlain ? members.map(([server]) => server) : Object.fromEntries(members),
    ...(pool.failsBack ? {} : { fail_back: 'manual' }),
  };
}

function backendEntry({ backend, socket }: Backend, lines: Readonly<Record<string, string>>): Section {
  const own = {
    backend,
    ...(socket === null ? {} : { socket }),
    ...(Object.keys(lines).length === 0 ? {} : { lines }),
  };
  return { balancer: 'haproxy', haproxy: own };
}

function addressEntry(at: PoolAddress): Section {
  if (at.kind !== 'fwmark') return { [at.kind]: hostPort(at.address, at.port) };
  // A family of 4 is that of its servers anyway: those of another were left out.
  return { fwmark: at.mark, ...(at.family === 6 ? { family: 6 } : {}) };
}

/** A server's own backups: those of its first place that has any. Other places have theirs next to the member. */
function usualBackups(pools: readonly PoolDraft[]): ReadonlyMap<string, readonly string[]> {
  const usual = new Map<string, readonly string[]>();
  for (const { server, backups } of pools.flatMap(({ members }) => members)) {
    if (backups.length > 0 && !usual.has(server)) usual.set(server, backups);
  }
  return usual;
}

/** Those that stand in for several, or stand in and are members as well: without `shared` they could not. */
function sharedServers(pools: readonly PoolDraft[]): ReadonlySet<string> {
  const coveredBy = new Map<string, Set<string>>();
  const members = pools.flatMap((pool) => pool.members);
  for (const { server, backups } of members) {
    for (const backup of backups) coveredBy.set(backup, (coveredBy.get(backup) ?? new Set()).add(server));
  }
  const isMember = new Set(members.map(({ server }) => server));
  return new Set([...coveredBy].flatMap(([name, of]) => (of.size > 1 || isMember.has(name) ? [name] : [])));
}

function optional(key: string, list: readonly string[]): Section {
  return list.length === 0 ? {} : { [key]: list };
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}
