import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BalancerError } from '../../../src/balancer/balancer.ts';
import { parseReading } from '../../../src/balancer/haproxy/lines.ts';

const samples = join(import.meta.dirname, '../../samples/haproxy');
const sample = (name: string) => readFileSync(join(samples, name), 'utf8');
const all = ['show-servers-state.txt', 'show-stat.csv'].map(sample).join('\n');

test('reads what a real HAProxy 2.6 said', () => {
  const { backends } = parseReading(all);
  expect([...backends.keys()]).toEqual(['rtmp_end']);
  expect(backends.get('rtmp_end')).toEqual([
    {
      name: 'edge1',
      address: '127.0.0.1',
      port: 1935,
      weight: 12,
      admin: 0,
      isUp: false,
      isChecked: true,
      hasAgent: true,
      isLastResort: false,
      conns: 0,
    },
    expect.objectContaining({ name: 'edge2', weight: 10, isUp: true, hasAgent: true }),
    expect.objectContaining({ name: 'edge3', port: 1936, weight: 20, hasAgent: false }),
  ]);
});

test('finds columns by their names, in whatever order', () => {
  const text =
    '1\n# srv_name srv_addr be_name\n# be_id srv_port srv_uweight srv_admin_state srv_op_state be_name srv_name srv_addr\n3 1935 7 1 0 b s ::1\n\n# pxname,scur,svname\nb,4,s\n';
  expect(parseReading(text).backends.get('b')).toEqual([
    expect.objectContaining({ name: 's', address: '::1', port: 1935, weight: 7, admin: 1, isChecked: false, conns: 4 }),
  ]);
});

test('a backend that is not there is not among them', () => {
  expect(parseReading("Can't find backend.\n\nCan't find backend.\n\nNo such proxy.\n\n").backends.size).toBe(0);
});

test('an answer that is cut short is none', () => {
  const [states = ''] = all.split('# pxname');
  expect(() => parseReading(states)).toThrow(
    'HAProxy: expected a line of `show stat` for each server, got `none for rtmp_end/edge1`',
  );
});

test('a malformed number is reported with its column', () => {
  const text = '# be_id be_name srv_name srv_addr srv_port\n3 b s 127.0.0.1 x\n\n# pxname,svname,scur\nb,s,0\n';
  expect(() => parseReading(text)).toThrow('HAProxy: expected a number as srv_port, got `3 b s 127.0.0.1 x`');
});

test('no text crashes it', () => {
  const lines = fc.constantFrom(...all.split('\n'), '# be_id', '# ', '', 'Pid: x', 'Permission denied');
  const text = fc.oneof(
    fc.string(),
    fc.array(lines, { maxLength: 20 }).map((some) => some.join('\n')),
  );
  fc.assert(
    fc.property(text, fc.nat(400), (said, cut) => {
      try {
        parseReading(said.slice(0, said.length - cut));
      } catch (error) {
        if (!(error instanceof BalancerError)) throw error;
      }
    }),
  );
});
