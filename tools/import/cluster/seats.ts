/** Which servers there are, under which names, and which stand-ins each pool has. */
import { parseAddress } from '../../../src/config/addresses.ts';
import {
  type CheckDraft,
  type Cluster,
  isAddress,
  isSteered,
  type Member,
  type Place,
  type Pool,
  type StandIn,
} from './cluster.ts';
import { asName, createNames, nameOfAddress } from './names.ts';
import type { Remarks } from './remarks.ts';

export interface Server {
  readonly name: string;
  readonly address: string;
  readonly checks: CheckDraft[];
  readonly comments: string[];
  readonly pools: Set<SeatedPool>;
  readonly place: Place;
}

export interface SeatedPool {
  readonly pool: Pool;
  readonly members: readonly Seat[];
  readonly standIns: readonly Server[];
  /** Ports of the stand-ins by name; those of IPVS are reached on the port of the member. */
  readonly ports: ReadonlyMap<string, number | null>;
  /** Names in HAProxy, where they are others. */
  readonly lines: Readonly<Record<string, string>>;
}

export interface Seat {
  readonly server: Server;
  readonly member: Member;
  /** On the real server; null: it is that of the pool, or of each packet. */
  readonly port: number | null;
}

export interface Seating {
  readonly servers: readonly Server[];
  readonly pools: readonly SeatedPool[];
}

/** Pools that our rules take, with a remark for each server that cannot be in one. */
export function seat({ pools }: Cluster, remarks: Remarks): Seating {
  const servers = new Map<string, Server>();
  const names = createNames();

  /** One server has one address; a second port of it in the same pool is a second server. */
  function serverOf(stated: Member | StandIn, address: string, twin: number | null): Server {
    const key = twin === null ? address : `${address} ${twin}`;
    const known = servers.get(key);
    if (known !== undefined) {
      addComments(known, stated.comments);
      return known;
    }
    const plain = stated.name === null ? '' : asName(stated.name);
    const name = plain === '' ? `${nameOfAddress(address)}${twin === null ? '' : `-${twin}`}` : plain;
    const server: Server = {
      name: names.take(name),
      address,
      checks: [],
      comments: [...stated.comments],
      pools: new Set(),
      place: stated.place,
    };
    servers.set(key, server);
    return server;
  }

  const seated: SeatedPool[] = [];
  const taken = new Map<string, Pool>();
  for (const pool of pools) {
    const key = keyOf(pool);
    const other = taken.get(key);
    if (other !== undefined) {
      const at = `${other.place.file}:${other.place.line}`;
      remarks.skipped(pool.place, `${whatOf(pool)} \`${key}\` is a duplicate of the one in ${at}`);
      continue;
    }
    const fits = familyFilter(pool, remarks);
    const ports = new Map<string, Set<number>>();
    const members: Seat[] = [];
    for (const member of pool.members) {
      const address = addressOf(member, remarks);
      if (address === null || !fits(address, member)) continue;
      const port = portOf(pool, member, remarks);
      const seen = ports.get(address) ?? new Set();
      if (seen.has(port ?? 0)) {
        remarks.skipped(member.place, `server \`${address}\` is in this pool already, with the same port`);
        continue;
      }
      const server = serverOf(member, address, seen.size === 0 ? null : port);
      ports.set(address, seen.add(port ?? 0));
      addChecks(server, checksOf(pool, member, remarks));
      members.push({ server, member, port });
    }
    if (members.length === 0) {
      remarks.skipped(pool.place, `${whatOf(pool)} \`${pool.name}\` has no real server that can be converted`);
      continue;
    }
    taken.set(key, pool);

    const standIns: Server[] = [];
    const standInPorts = new Map<string, number | null>();
    const lines: Record<string, string> = {};
    const nameLine = ({ name }: Server, { line }: Member | StandIn) => {
      if (line !== undefined && line !== name) lines[name] = line;
    };
    for (const { server, member } of members) nameLine(server, member);
    for (const stated of pool.standIns) {
      const address = addressOf(stated, remarks);
      if (address === null || !fits(address, stated)) continue;
      if (members.some(({ server }) => server.address === address)) {
        remarks.skipped(
          stated.place,
          `\`${address}\` is a member of the pool that it backs up, expected another server`,
        );
        continue;
      }
      if (otherPort(pool, members, stated)) {
        const why = 'a stand-in is reached on the port of the member that it replaces';
        remarks.skipped(stated.place, `\`${address}\` has port ${stated.port} as a stand-in; ${why}`);
        continue;
      }
      reportOtherPort(pool, stated, remarks);
      const server = serverOf(stated, address, null);
      if (standIns.includes(server)) {
        remarks.skipped(stated.place, `\`${address}\` is a stand-in of this pool already`);
        continue;
      }
      addChecks(server, stated.checks ?? members.flatMap(({ server: member }) => member.checks));
      standIns.push(server);
      standInPorts.set(server.name, stated.port);
      nameLine(server, stated);
    }
    const one: SeatedPool = { pool, members, standIns, ports: standInPorts, lines };
    for (const { server } of members) server.pools.add(one);
    for (const server of standIns) server.pools.add(one);
    seated.push(one);
  }
  return { servers: [...servers.values()], pools: seated };
}

function whatOf({ at }: Pool): string {
  return isAddress(at) ? 'virtual service' : 'backend';
}

/** `tcp 10.10.3.30 554`; that of a backend is its name. */
function keyOf({ at }: Pool): string {
  if (!isAddress(at)) return at.backend;
  return at.kind === 'fwmark' ? `fwmark ${at.mark}` : `${at.kind} ${at.address} ${at.port}`;
}

function addressOf({ address, place }: Member | StandIn, remarks: Remarks): string | null {
  const parsed = parseAddress(address);
  if ('ok' in parsed) return parsed.ok;
  remarks.skipped(place, `expected ${parsed.expected}, got \`${address}\``);
  return null;
}

/** All of a pool have the family of its address, or else of its first server; a tunnel may change it. */
function familyFilter({ at, forward }: Pool, remarks: Remarks) {
  if (!isAddress(at) || (at.kind !== 'fwmark' && forward === 'tun')) return () => true;
  let family = at.kind === 'fwmark' ? at.family : familyIn(at.address);
  return (address: string, { place }: Member | StandIn) => {
    family ??= familyIn(address);
    if (familyIn(address) === family) return true;
    remarks.skipped(place, `expected an IPv${family} address as the others of the pool have, got \`${address}\``);
    return false;
  };
}

function familyIn(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** Only NAT can change the port of a packet (ipvsadm(8), `-r`). */
function portOf({ at, forward }: Pool, { port, place }: Member, remarks: Remarks): number | null {
  if (!isAddress(at)) return port;
  if (port === null || port === (at.kind === 'fwmark' ? 0 : at.port)) return null;
  if (at.kind === 'fwmark') return null;
  if (forward === 'nat') return port;
  reportOtherPort({ at, forward }, { port, place }, remarks);
  return null;
}

function reportOtherPort(
  { at, forward }: Pick<Pool, 'at' | 'forward'>,
  { port, place }: Pick<Member | StandIn, 'port' | 'place'>,
  remarks: Remarks,
): void {
  if (!isAddress(at) || at.kind === 'fwmark' || forward === 'nat' || port === null || port === at.port) return;
  const way = forward === 'dr' ? 'direct routing' : 'tunnelling';
  remarks.changed(place, `port ${port} is ${at.port} here: ${way} keeps the port of each packet`);
}

function otherPort({ at, forward }: Pool, members: readonly Seat[], { port }: StandIn): boolean {
  if (!isAddress(at)) return isSteered(at) && members.every((member) => member.port !== port);
  if (at.kind === 'fwmark' || forward !== 'nat' || port === null) return false;
  return members.some((member) => (member.port ?? at.port) !== port);
}

/** Without a check the failure of a server would not be noticed, so it gets at least a connect to its port. */
function checksOf({ at }: Pool, { checks, port, place }: Member, remarks: Remarks): readonly CheckDraft[] {
  if (checks === null) {
    remarks.changed(place, 'it has no check, as in the file, so its failure is not noticed');
    return [];
  }
  if (checks.length > 0 || !isSteered(at)) return checks;
  const open = port ?? (at.kind === 'tcp' ? at.port : null);
  if (open === null || open === 0 || at.kind === 'udp') {
    remarks.changed(place, 'no check of this server was found, so its failure is not noticed; add it to `watches`');
    return [];
  }
  remarks.changed(place, `no check of this server was found; it is checked by a TCP connect to port ${open}`);
  return [{ name: `tcp-${open}`, entry: { type: 'tcp', port: open } }];
}

function addChecks(server: Server, checks: readonly CheckDraft[]): void {
  for (const check of checks) {
    const text = JSON.stringify(check.entry);
    if (!server.checks.some(({ entry }) => JSON.stringify(entry) === text)) server.checks.push(check);
  }
}

function addComments(server: Server, comments: readonly string[]): void {
  for (const comment of comments) if (!server.comments.includes(comment)) server.comments.push(comment);
}
