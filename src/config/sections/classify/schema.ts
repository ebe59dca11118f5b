/** Section `classify`: groups of ports on virtual addresses, and which clients get which mark. */
import { z } from 'zod';
import type { PortRange } from '../../../core/marks.ts';
import { field } from '../../../plugin/fields.ts';
import { markField, type Parsed, parseAddress } from '../../addresses.ts';
import { parseNetworks } from '../../networks.ts';

const portsExpected = 'a port from 1 to 65535, or a range such as 6950-7150';
const clientExpected = 'an address, a network or a range';
/** JSON Schema of single values. */
const word = { type: 'string' };
const portOrRange = { anyOf: [{ type: 'integer', minimum: 1, maximum: 65_535 }, word] };

const listedClientsSchema = z.strictObject({
  from: oneOrMore(clientExpected, word, fromWord(clientExpected, parseNetworks)).describe(
    'Addresses (192.168.7.21), networks (192.168.7.0/24) or ranges (192.168.7.40-192.168.7.49)',
  ),
  mark: markField().describe('The mark of their packets'),
});

const clientsFileSchema = z.strictObject({
  file: field
    .text()
    .describe('A CSV file with the header IP,fwmark; a relative path starts at the folder of this file'),
});

/** The two forms of an entry of `clients`. */
export const clientForms = { listed: listedClientsSchema, file: clientsFileSchema } as const;

export const groupSchema = z.strictObject({
  interface: z
    .string('expected the name of a network interface')
    // IFNAMSIZ is 16 with the final zero. Names with other characters exist, but would need quotes in rules.
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, 'expected the name of a network interface such as eth0')
    .optional()
    .describe('Only packets that arrive on this interface; any if absent'),
  vip: oneOrMore('an IP address', word, fromWord('an IP address', parseAddress)).describe(
    'The virtual address, or a list of them',
  ),
  ports: z
    .strictObject(
      {
        tcp: oneOrMore(portsExpected, portOrRange, parsePorts).optional().describe('TCP ports and ranges'),
        udp: oneOrMore(portsExpected, portOrRange, parsePorts).optional().describe('UDP ports and ranges'),
      },
      'expected a map with `tcp`, `udp` or both',
    )
    .describe('Which packets to the virtual addresses'),
  mark: markField().optional().describe('The mark of all these packets; use this or `clients`'),
  clients: z
    .array(z.union([listedClientsSchema, clientsFileSchema]), 'expected a list of clients')
    .optional()
    .describe('Marks by the address of the client; the longest network counts'),
  default: markField().optional().describe('With `clients`: the mark for all other clients; none if absent'),
});

/** The schema that parses a group: each entry of `clients` is parsed on its own. */
export const groupFrameSchema = groupSchema.extend({
  clients: z.array(z.unknown(), 'expected a list of clients').optional(),
});

export type GroupEntry = z.output<typeof groupFrameSchema>;

/**
 * One value or a list of them; each invalid one is reported at its own place, which a union could not do. `jsonItem` is
 * the JSON Schema of one value.
 */
function oneOrMore<T>(expected: string, jsonItem: object, parse: (value: unknown) => Parsed<T>) {
  const several = `expected ${expected}, or a list of them`;
  return z
    .custom((value) => value !== undefined, several)
    .meta({ anyOf: [jsonItem, { type: 'array', items: jsonItem, minItems: 1 }] })
    .transform((value, context): readonly T[] => {
      const isList = Array.isArray(value);
      if (isList && value.length === 0) context.addIssue({ code: 'custom', message: several, input: value });
      const parsed: T[] = [];
      for (const [at, item] of (isList ? value : [value]).entries()) {
        const result = parse(item);
        if ('ok' in result) parsed.push(result.ok);
        else {
          const path = isList ? [at] : [];
          context.addIssue({ code: 'custom', message: `expected ${result.expected}`, input: item, path });
        }
      }
      return parsed;
    });
}

function fromWord<T>(expected: string, parse: (text: string) => Parsed<T>): (value: unknown) => Parsed<T> {
  // Brackets without quotes are a list in YAML.
  const quotes = `${expected}; brackets need quotes, as in "[2001:db8::1]"`;
  return (value) => (typeof value === 'string' ? parse(value) : { expected: Array.isArray(value) ? quotes : expected });
}

function parsePorts(value: unknown): Parsed<PortRange> {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const [, from = '', to = from] = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (first < 1 || last < 1 || first > 65_535 || last > 65_535) return { expected: portsExpected };
  return first > last
    ? { expected: `a range that begins with the lower port, \`${last}-${first}\`` }
    : { ok: { first, last } };
}
