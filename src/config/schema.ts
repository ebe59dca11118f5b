/** The parts of the document, each a strict schema. Plugins' own options are joined in `kinds.ts`. */
import { z } from 'zod';
import { field } from '../plugin/fields.ts';
import type { Monitor } from '../plugin/plugin.ts';
import { addressField, referenceField } from './addresses.ts';

export const dayMs = 86_400_000;
export const nameShape = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

const names = (about: string) => z.array(field.text(), 'expected a list of names').describe(about);

const someNames = (about: string) => names(about).min(1, 'expected at least one name').describe(about);

export const directorSchema = z.strictObject({
  name: field.text().optional().describe('Name of this director in mails and in status; the host name if absent'),
  reference: z
    .array(referenceField(), 'expected a list of IP addresses')
    .default([])
    .describe(
      'Addresses, with a port if needed; when these do not answer either, the problem is ours and the tables stay as they are',
    ),
  state: field
    .text()
    .default('/var/lib/understudy')
    .describe('Folder of the database and the control socket; a relative path starts at the folder of this file'),
  pulse: z
    .union(
      [
        z.strictObject({
          every: field.duration(20, 60_000).prefault('200ms').describe('How often'),
          port: field.port().default(9).describe('A TCP port; a refusal is an answer too'),
        }),
        z.literal('off'),
        z.literal(false),
      ],
      'expected a map with `every` and `port`, or `off`',
    )
    .prefault({})
    .describe('A bare connect to every server to see at once that a host went dark; `off` for none'),
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
    .describe('How often the table is read and made right, whatever happens'),
  max_checks: field.count(1, 100_000).default(200).describe('Checks that may run at once'),
  max_checks_per_server: field.count(1, 1000).default(8).describe('Checks that may run at once on one server'),
  retention: z
    .strictObject({
      history: field.duration(dayMs).prefault('400d').describe('How long status changes and incidents are kept'),
      backups: field.count(0, 1000).default(7).describe('How many nightly copies of the database are kept'),
    })
    .prefault({})
    .describe('What is kept, and how long'),
});

export const serverSchema = z.strictObject({
  address: addressField().describe('IP address; IPv6 with or without brackets'),
  backups: names('Servers that may stand in, best first').default([]),
  shared: field
    .flag()
    .default(false)
    .describe('May stand in for several servers at once, or while it is a member of another pool'),
});

export const watchSchema = z.strictObject({
  servers: someNames('Servers to watch'),
  monitors: someNames('Monitors that watch each of them'),
  alerts: names('Alerts that act on them or tell of them').default([]),
});

export const mailSchema = z.strictObject({
  smtp: z
    .union([relay(), z.array(relay()).min(1).max(10)], 'expected an smtp:// or smtps:// URL, or a list of them')
    .optional()
    .meta({ secret: true, description: 'Mail servers as smtp:// or smtps:// URLs, tried in order' }),
  folder: field.text().optional().describe('A folder that gets .eml files, in place of `smtp`'),
  from: z
    .string('expected a mail address')
    .regex(/^[^\s@<>]+@[^\s@<>]+$/, 'expected a mail address')
    .describe('The sender'),
  timeout: field.duration(1000, 3_600_000).prefault('20s').describe('How long one delivery may take'),
});

type Asked = Partial<Pick<Monitor, 'interval' | 'onLimit' | 'timing' | 'timingNote'>>;

/** All monitors have these; `interval` and `on_limit` have the defaults that the monitor itself asks for. */
export function monitorSchema({ interval = '1s', onLimit = 'drain', timing, timingNote }: Asked = {}) {
  const note = timingNote === undefined ? '' : `; ${timingNote}`;
  const every = field.duration(10, dayMs);
  return z.strictObject({
    type: field.text().describe('Which monitor'),
    interval: (timing === undefined ? every.prefault(interval) : every.optional()).describe(
      `From the start of one check to the next${timing === undefined ? '' : `; ${interval} if absent`}${note}`,
    ),
    timeout: field
      .duration(1, dayMs)
      .optional()
      .describe(
        `A check without a verdict by then has failed; 1s if absent, or \`interval\` where that is shorter${note}`,
      ),
    fall: field.count(1, 100).default(2).describe('Bad verdicts in a row that make a server fail'),
    rise: field.count(1, 100).default(2).describe('Good verdicts in a row that make it ok again'),
    retry_interval: field
      .duration(1, dayMs)
      .optional()
      .describe(
        'In place of `interval` from the first bad verdict to `fall`; 100ms if absent, or `interval` where that is shorter',
      ),
    on_limit: z
      .enum(['drain', 'warn'])
      .default(onLimit)
      .describe('An overloaded server gets no new viewers (drain), or people are only told (warn)'),
    tripwire: field
      .flag()
      .optional()
      .describe('Hold a connection whose closing starts the checks at once; true where the monitor has a port to hold'),
  });
}

export const steeringTypes = ['ipvs', 'haproxy', 'memory'] as const;

export const steeringSchema = z.strictObject({
  type: z.enum(steeringTypes).describe('The pools of this balancer obey the checks of the watch'),
});

export const alertSchema = z.strictObject({
  type: field.text().describe('Which alert'),
  alertafter: field.duration().prefault('0s').describe('Failing for this long before the first notice'),
  alertevery: z
    .union([field.duration(1000), z.literal('none')], 'expected a duration such as 1h, at least 1s, or `none`')
    .prefault('1h')
    .describe('A reminder this often until acknowledged; `none` for no reminders'),
  numalerts: z
    .union([field.count(1, 1_000_000), z.literal('none')], 'expected a whole number from 1, or `none`')
    .default('none')
    .describe('At most so many notices an incident, the recovery not counted; `none` for no limit'),
  upalert: field.flag().default(true).describe('A notice on recovery, if one was sent before'),
});

export type DirectorEntry = z.output<typeof directorSchema>;
export type ServerEntry = z.output<typeof serverSchema>;
export type WatchEntry = z.output<typeof watchSchema>;
export type MailEntry = z.output<typeof mailSchema>;
export type MonitorEntry = z.output<ReturnType<typeof monitorSchema>>;
export type AlertEntry = z.output<typeof alertSchema>;
export type SteeringEntry = z.output<typeof steeringSchema>;

/** A mail server's URL. The message cannot repeat it: it may hold a password. */
function relay() {
  const expected = 'expected smtp://[user:password@]host[:port] or smtps://...';
  return z.string(expected).refine((text) => {
    // URL drops white space and line ends without a word.
    const url = !/\s/.test(text) && URL.canParse(text) ? new URL(text) : null;
    if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return false;
    return /^\/?$/.test(url.pathname) && url.search === '' && url.hash === '';
  }, expected);
}
