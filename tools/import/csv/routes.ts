/** The lists of the cluster: the servers of each mark, the stand-in of each server, clients with a mark of their own. */
import { parseNetwork } from '../../../src/config/networks.ts';
import { schedulers } from '../../../src/config/sections/services/schema.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { readAddress, readMark, splitList, type Table } from './table.ts';

export interface Route {
  readonly mark: number;
  readonly line: number;
  /** Addresses, each once. */
  readonly servers: readonly string[];
  /** null: none is named. */
  readonly scheduler: string | null;
  readonly comments: readonly string[];
}

export interface Backup {
  readonly server: string;
  readonly backup: string;
  readonly line: number;
  readonly comments: readonly string[];
}

export const routeColumns = ['fwmark', 'server', 'schedule'] as const;
export const backupColumns = ['RIP', 'backup'] as const;

/** By mark, in the order of the file. */
export function readRoutes(
  { file, rows }: Table<(typeof routeColumns)[number]>,
  remarks: Remarks,
): ReadonlyMap<number, Route> {
  const routes = new Map<number, Route>();
  for (const { line, values, comments } of rows) {
    const at = { file, line };
    const mark = readMark(values.fwmark, (text) => remarks.error(at, text));
    const servers = readServers(splitList(values.server), (text) => remarks.error(at, text));
    const scheduler = values.schedule === '' ? null : values.schedule.toLowerCase();
    const known = scheduler === null || schedulers.some((name) => name === scheduler);
    if (!known) remarks.error(at, `expected a scheduler of ${schedulers.join(' ')}, got ${shown(values.schedule)}`);
    if (mark === null || servers.length === 0) continue;

    const route = { mark, line, servers, scheduler, comments };
    const before = routes.get(mark);
    if (before === undefined) routes.set(mark, route);
    else if (sameRoute(before, route)) remarks.skipped(at, `mark ${mark} again, the same as in line ${before.line}`);
    else remarks.error(at, `mark ${mark} a second time, line ${before.line} has other servers or another schedule`);
    if (servers.length > 1 && scheduler === null && before === undefined) {
      remarks.changed(at, `no schedule for ${servers.length} servers, \`wlc\` as ipvsadm takes it`);
    }
  }
  return routes;
}

/** By server, in the order of the file. */
export function readBackups(
  { file, rows }: Table<(typeof backupColumns)[number]>,
  remarks: Remarks,
): ReadonlyMap<string, Backup> {
  const backups = new Map<string, Backup>();
  for (const { line, values, comments } of rows) {
    const at = { file, line };
    const [server, backup] = [readAddress(values.RIP), readAddress(values.backup)];
    if (server === null) remarks.error(at, `expected the IPv4 address of a server, got ${quoted(values.RIP)}`);
    if (backup === null) remarks.error(at, `expected the IPv4 address of a backup, got ${quoted(values.backup)}`);
    if (server === null || backup === null) continue;
    const before = backups.get(server);
    if (server === backup) remarks.error(at, `\`${server}\` backs itself up, expected another server`);
    else if (before === undefined) backups.set(server, { server, backup, line, comments });
    else if (before.backup === backup) remarks.skipped(at, `\`${server}\` again, the same as in line ${before.line}`);
    else remarks.error(at, `\`${server}\` a second time, line ${before.line} has backup \`${before.backup}\``);
  }
  return backups;
}

function readServers(parts: readonly string[], wrong: (text: string) => void): readonly string[] {
  if (parts.length === 0) wrong('expected the IPv4 address of a server, got nothing');
  const servers = new Set<string>();
  for (const part of parts) {
    const server = readAddress(part);
    if (server === null) wrong(`expected the IPv4 address of a server, got ${shown(part)}`);
    else if (servers.has(server)) wrong(`duplicate server \`${server}\`, expected each once`);
    else servers.add(server);
  }
  return [...servers];
}

function sameRoute(a: Route, b: Route): boolean {
  return a.scheduler === b.scheduler && a.servers.join() === b.servers.join();
}

function quoted(text: string): string {
  return text === '' ? 'nothing' : shown(text);
}

export interface Client {
  /** An address, or a network as `192.168.7.0/28`. */
  readonly from: string;
  readonly mark: number;
  readonly line: number;
}

export const clientColumns = ['IP', 'fwmark'] as const;

/** By address, in the order of the file. */
export function readClients(
  { file, rows }: Table<(typeof clientColumns)[number]>,
  remarks: Remarks,
): ReadonlyMap<string, Client> {
  const clients = new Map<string, Client>();
  for (const { line, values } of rows) {
    const at = { file, line };
    const parsed = parseNetwork(values.IP);
    const network = 'ok' in parsed && parsed.ok.family === 4 ? parsed.ok : null;
    const expected = 'expected' in parsed ? parsed.expected : 'an IPv4 address';
    if (network === null) remarks.error(at, `expected ${expected}, got ${quoted(values.IP)}`);
    const mark = readMark(values.fwmark, (text) => remarks.error(at, text));
    if (network === null || mark === null) continue;
    const { text: from } = network;
    const before = clients.get(from);
    if (before === undefined) clients.set(from, { from, mark, line });
    else if (before.mark === mark) remarks.skipped(at, `\`${from}\` again, the same as in line ${before.line}`);
    else remarks.error(at, `\`${from}\` a second time, line ${before.line} has mark ${before.mark}`);
  }
  return clients;
}
