/** Section `director`: the machine that this runs on. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { dayMs, field } from '../../plugin/fields.ts';
import { referenceField } from '../addresses.ts';
import { type Entry, type Loading, parseEntry } from '../entry.ts';
import type { DeepReadonly } from '../freeze.ts';
import type { Report } from '../problems.ts';
import { valueAt } from '../wording.ts';

const pulseSchema = z
  .strictObject({
    every: field.duration(20, 60_000).prefault('200ms').describe('How often'),
    port: field.port().default(9).describe('A TCP port; a refusal is an answer too'),
  })
  .transform(({ every: everyMs, port }) => ({ everyMs, port }));

export const directorSchema = z.strictObject({
  name: field.text().optional().describe('Name of this director in emails and in status; the host name if absent'),
  reference: z
    .array(referenceField(), 'expected a list of IP addresses')
    .default([])
    .describe(
      'Addresses of hosts that are always up, with a port if needed. If they do not answer either, the problem is ours: timeouts do not count as failures',
    ),
  state: field
    .text()
    .default('/var/lib/understudy')
    .describe('Folder of the database and the control socket; a relative path starts at the folder of this file'),
  pulse: z
    .union([pulseSchema, z.literal('off'), z.literal(false)], 'expected a map with `every` and `port`, or `off`')
    .prefault({})
    .describe('A bare TCP connect to every server, to see at once that a host went dark; `off` for none'),
  packet_filter: z
    .enum(['auto', 'nftables', 'iptables'])
    .default('auto')
    .describe('What marks packets for `classify`; `auto`: what the host has, nftables first'),
  probe_ports: z
    .union(
      [field.port(), z.strictObject({ first: field.port() })],
      'expected a port, or a map such as { first: 24000 }',
    )
    .prefault({ first: 24_000 })
    .transform((ports) => (typeof ports === 'number' ? ports : ports.first))
    .describe('Source ports of checks of type `vip`, 8 for each server and monitor, from this one on'),
  reconcile: field
    .duration(100, dayMs)
    .prefault('5s')
    .describe('How often the table is read and corrected, even when nothing happened'),
  max_checks: field.count(1, 100_000).default(200).describe('Checks that may run at once'),
  max_checks_per_server: field.count(1, 1000).default(8).describe('Checks that may run at once on one server'),
  retention: z
    .strictObject({
      history: field.duration(dayMs).prefault('400d').describe('How long status changes and incidents are kept'),
      backups: field.count(0, 1000).default(7).describe('How many nightly copies of the database are kept'),
    })
    .prefault({})
    .transform(({ history: historyMs, backups }) => ({ historyMs, backups }))
    .describe('What is kept, and how long'),
});

export type DirectorEntry = z.output<typeof directorSchema>;
export type DirectorConfig = DeepReadonly<ReturnType<typeof buildDirector>>;

export function parseDirector(loading: Loading): Entry<DirectorEntry> {
  const isAbsent = valueAt(loading.value, ['director']) === undefined;
  return parseEntry(directorSchema, ['director'], isAbsent ? { ...loading, value: { director: {} } } : loading);
}

/** `folder`: where relative paths start. */
export function buildDirector(entry: DirectorEntry, folder: string, hostname: string) {
  return {
    name: entry.name ?? hostname,
    /** IP literals; `port` null: the port of the pulse. */
    references: entry.reference,
    /** Folder of the database and the control socket. */
    stateDir: resolve(folder, entry.state),
    /** null: off. */
    pulse: typeof entry.pulse === 'object' ? entry.pulse : null,
    /** The table is read and corrected this often, even when nothing happened. */
    reconcileEveryMs: entry.reconcile,
    /** Checks that may run at once. */
    maxChecks: entry.max_checks,
    maxChecksPerServer: entry.max_checks_per_server,
    retention: entry.retention,
  };
}

export function warnOfDirector({ references }: DirectorConfig, warn: Report): void {
  if (references.length > 0) return;
  const message = "no `reference`: problems of the director's own network look like problems of the servers";
  warn(['director'], message, 'key');
}
