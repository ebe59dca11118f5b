/** Section `virtual_services`: one pool of real servers for a mark or an address. */
import { z } from 'zod';
import { hostPort } from '../../../core/table.ts';
import { dayMs, field } from '../../../plugin/fields.ts';
import { endpointField, fromText, markField, parseEndpoint } from '../../addresses.ts';
import type { Entry, Section } from '../../entry.ts';
import { nameList } from '../../names.ts';
import { balancerKinds } from '../alerts.ts';
import { balanceSchema } from './balance.ts';

/** The kernel's schedulers (ipvsadm(8), `-s`). */
export const schedulers = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'dh',
  'sh',
  'sed',
  'nq',
  'fo',
  'ovf',
  'mh',
  'twos',
] as const;

const longestPersistenceMs = 31 * dayMs;

const memberSchema = z.strictObject({
  weight: field.count(1, 65_535).default(1).describe('Share of new viewers, where the scheduler respects weights'),
  port: field.port().optional().describe('Port on the real server, if it differs; with `forward: nat` or HAProxy only'),
  backups: nameList("In place of the server's own").optional(),
});

const haproxyName = () =>
  z
    .string('expected a name of HAProxy')
    .regex(/^[A-Za-z0-9_.:-]+$/, 'expected a name of letters, digits, `_`, `.`, `:`, `-`');

const haproxySchema = z.strictObject({
  backend: haproxyName().describe('Name of the `backend` or `listen` section'),
  socket: haproxySocket()
    .default('/run/haproxy/admin.sock')
    .describe('Its `stats socket` with `level admin`: a path, or address:port'),
  lines: z
    .record(z.string(), haproxyName())
    .default({})
    .describe('Names of `server` lines that differ from those of the servers here'),
});

/** `sun_path` of unix(7), without the final zero. */
const longestPathBytes = 107;

function haproxySocket() {
  const form = 'a path that starts with `/`, or `address:port`';
  return fromText<string>(`expected ${form}`, (text) => {
    if (text.startsWith('/')) {
      const isShort = Buffer.byteLength(text) <= longestPathBytes;
      return isShort ? { ok: text } : { expected: `a path of at most ${longestPathBytes} bytes` };
    }
    const parsed = parseEndpoint(text, true);
    if (!('ok' in parsed)) return { expected: form };
    return { ok: hostPort(parsed.ok.address, parsed.ok.port ?? 0) };
  });
}

export const serviceSchema = z.strictObject({
  balancer: z
    .enum(balancerKinds)
    .default('ipvs')
    .describe("The kernel's IPVS, a running HAProxy, or a table in memory for trying out"),
  haproxy: haproxySchema.optional().describe('Which backend of which HAProxy; with `balancer: haproxy` only'),
  fwmark: markField()
    .optional()
    .describe('Firewall mark of the packets; one of fwmark, tcp, udp is needed, unless HAProxy balances'),
  family: z
    .union([z.literal(4), z.literal(6)], 'expected 4 or 6')
    .optional()
    .describe('Address family of a fwmark service; that of its servers if absent'),
  tcp: endpointField().optional().describe('Virtual address and port, as 10.10.3.30:554 or "[2001:db8::1]:554"'),
  udp: endpointField().optional().describe('The same for UDP'),
  scheduler: z.enum(schedulers).default('wlc').describe('How IPVS picks a server for a new viewer'),
  persistence: field
    .duration(1000, longestPersistenceMs)
    .refine((ms) => ms % 1000 === 0, 'expected whole seconds')
    .transform((ms) => ms / 1000)
    .optional()
    .describe('A viewer comes back to the same server for this long; off if absent'),
  persistence_prefix: field
    .count(1, 128)
    .optional()
    .describe('Viewers from one network of this prefix length count as one; each address its own if absent'),
  forward: z.enum(['dr', 'nat', 'tun']).default('dr').describe('Direct routing, masquerading or tunnelling'),
  servers: z
    .union(
      [z.array(field.text()).min(1), z.record(z.string(), memberSchema)],
      'expected a list of server names, or a map of them to weight, port and backups',
    )
    .transform(toMembers)
    .describe('The members of the pool'),
  min_pooled: z
    .union(
      [field.count(0, 100_000).transform((count) => ({ count })), share()],
      'expected a count, or a share such as 50%',
    )
    .prefault(1)
    .describe('At least this many members stay pooled, failing or not: a count, or a share of the members such as 50%'),
  fail_back: z
    .union(
      [
        z
          .strictObject({
            after: field.duration().prefault('30s').describe('ok for this long before it takes over again'),
          })
          .transform(({ after: afterMs }) => ({ afterMs })),
        z.literal('manual'),
      ],
      'expected `manual`, or a map such as { after: 30s }',
    )
    .prefault({})
    .describe(
      'When a member that is ok again replaces its backup: after a while, or only when an operator says so (`manual`)',
    ),
  balance: balanceSchema.optional().describe('Weights that follow the load; as configured if absent'),
});

export type ServiceEntry = z.output<typeof serviceSchema>;
export type Services = Section<Entry<ServiceEntry>>;

export interface Member {
  readonly server: string;
  readonly weight: number;
  readonly port: number | undefined;
  /** undefined: those of the server. */
  readonly backups: readonly string[] | undefined;
  /** The place in `servers`: an index of the list, or a key of the map. */
  readonly key: string | number;
}

/** The members in their order, whether they were written as a list or as a map. */
function toMembers(servers: readonly string[] | Record<string, z.output<typeof memberSchema>>): readonly Member[] {
  if (Array.isArray(servers)) {
    return servers.map((server: string, key) => ({ server, weight: 1, port: undefined, backups: undefined, key }));
  }
  return Object.entries(servers).map(([server, { weight, port, backups }]) => {
    return { server, weight, port, backups, key: server };
  });
}

/** `50%` as 0.5. */
function share() {
  return fromText<{ readonly share: number }>('expected a share such as 50%', (text) => {
    const percent = Number(/^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1] ?? Number.NaN);
    return percent <= 100 ? { ok: { share: percent / 100 } } : { expected: 'a share from 0% to 100%' };
  });
}
