/** Section `servers`: the real servers, and which others may stand in for them. */
import { z } from 'zod';
import { field } from '../../../plugin/fields.ts';
import { addressField } from '../../addresses.ts';
import type { Entry, Section } from '../../entry.ts';
import type { DeepReadonly } from '../../freeze.ts';
import { checkBackups, nameList } from '../../names.ts';
import type { Report } from '../../problems.ts';
import { checkCircles } from './circles.ts';

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

export function checkServers(servers: Servers, report: Report): void {
  for (const [name, { path, fields }] of servers.entries) {
    checkBackups(fields.backups, name, [...path, 'backups'], servers, report);
  }
  const own = new Map([...servers.entries].map(([name, { fields }]) => [name, fields.backups ?? []]));
  const isForOne = (name: string) => servers.entries.get(name)?.fields.shared === false;
  checkCircles(own, isForOne, report);
}
