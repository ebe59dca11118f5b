/** Section `servers`: the real servers, and which others may stand in for them. */
import { z } from 'zod';
import { field } from '../../plugin/fields.ts';
import { addressField } from '../addresses.ts';
import type { Entry, Section } from '../entry.ts';
import type { DeepReadonly } from '../freeze.ts';
import { checkBackups, nameList } from '../names.ts';
import type { Report } from '../problems.ts';

export const serverSchema = z.strictObject({
  address: addressField().describe('IP address; IPv6 with or without brackets'),
  backups: nameList('Servers that may stand in, best first').default([]),
  shared: field
    .flag()
    .default(false)
    .describe('May stand in for several servers at once, or while it is a member of another pool'),
});

export type ServerEntry = z.output<typeof serverSchema>;
export type Servers = Section<Entry<ServerEntry>>;
export type ServerConfig = DeepReadonly<ServerEntry & { name: string }>;

type Backups = ReadonlyMap<string, readonly string[]>;

/** Longest circle that a message shows in full. */
const maxShown = 6;

export function checkServers(servers: Servers, report: Report): void {
  for (const [name, { path, fields }] of servers.entries) {
    checkBackups(fields.backups, name, [...path, 'backups'], servers, report);
  }
  const own = new Map([...servers.entries].map(([name, { fields }]) => [name, fields.backups ?? []]));
  const isForOne = (name: string) => servers.entries.get(name)?.fields.shared === false;
  checkCircles(own, isForOne, report);
}

/** Servers may back each other up only when all of them are `shared`. `isForOne`: the server is not. */
function checkCircles(all: Backups, isForOne: (server: string) => boolean, report: Report): void {
  const backups = withoutEnds(all);
  const reported = new Set<string>();
  for (const start of backups.keys()) {
    if (reported.has(start) || !isForOne(start)) continue;
    const circle = circleFrom(start, backups);
    if (circle === null) continue;
    for (const name of circle) reported.add(name);
    const last = circle.at(-1) ?? start;
    const names = [...circle, start];
    const shown = names.length > maxShown ? [...names.slice(0, maxShown), '...'] : names;
    const index = all.get(last)?.indexOf(start) ?? 0;
    const message = `backups go in a circle, ${shown.join(' -> ')}; expected \`shared: true\` on each of them`;
    report(['servers', last, 'backups', index], message);
  }
}

/** Removes servers without backups again and again. The circles are left, and the paths that lead into them. */
function withoutEnds(all: Backups): Backups {
  const left = new Map([...all].map(([name, backups]) => [name, backups.filter((backup) => backup !== name)]));
  const users = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const [name, backups] of left) {
    const known = backups.filter((backup) => left.has(backup));
    open.set(name, known.length);
    for (const backup of known) {
      const others = users.get(backup);
      if (others === undefined) users.set(backup, [name]);
      else others.push(name);
    }
  }
  const ends = [...open].flatMap(([name, count]) => (count === 0 ? [name] : []));
  for (const end of ends) {
    left.delete(end);
    for (const user of users.get(end) ?? []) {
      const count = (open.get(user) ?? 0) - 1;
      open.set(user, count);
      if (count === 0) ends.push(user);
    }
  }
  return left;
}

/** The shortest path from a server back to itself, or null. */
function circleFrom(start: string, backups: Backups): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const name of queue) {
    for (const backup of backups.get(name) ?? []) {
      if (backup === start) return pathTo(name, start, cameFrom);
      if (cameFrom.has(backup)) continue;
      cameFrom.set(backup, name);
      queue.push(backup);
    }
  }
  return null;
}

function pathTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const path = [end];
  for (let name = end; name !== start; ) {
    name = cameFrom.get(name) ?? start;
    path.push(name);
  }
  return path.reverse();
}
