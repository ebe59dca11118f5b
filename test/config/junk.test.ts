// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own ${NAME}
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadSource } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { parseSource } from '../../src/config/read.ts';
import { plugins } from './plugins.ts';

const valid = `
director: { reference: [10.10.3.1] }
servers: { edge1: { address: 10.10.3.20, backups: [spare] }, spare: { address: 10.10.3.29 } }
monitors: { rtsp: { type: rtsp }, wcs: { type: wcs, limits: { hls: 5 } }, vip: { type: vip, address: 10.10.3.30, port: 80 } }
watches: { edges: { servers: [edge1, spare], monitors: [rtsp, wcs, vip], alerts: [failover, oncall] } }
virtual_services:
  playout: { fwmark: 1, servers: { edge1: { weight: 2 } }, min_pooled: 50%, fail_back: { after: 3s } }
classify:
  - { vip: 10.10.3.30, ports: { tcp: [1935, 80-90] }, clients: [{ from: [10.0.0.1-10.0.0.9, 10.1.0.0/16], mark: 1 }, { file: x }] }
  - { vip: ["::1"], interface: eth0, ports: { udp: 6950-7150 }, mark: 1 }
alerts: { failover: { type: ipvs }, oncall: { type: mail, to: [a@example.org] }, chat: { type: chat, room: a, key: b } }
mail: { smtp: "smtp://127.0.0.1", from: a@example.org }
`;

/** The same cases in every run. */
const seed = 20;

const junk = fc.oneof(
  fc.constantFrom(
    'null',
    '[]',
    '{}',
    '-1',
    '1e999',
    '~',
    '*a',
    '&a x',
    '"${X}"',
    '${',
    '"[::1]:1"',
    'off',
    '50%',
    '3s',
    '<<',
    '__proto__',
    'constructor',
    '? a',
    '- b',
    '\t',
    '\n',
    ': ',
    '!!set {a}',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

function isReportedOrLoaded(text: string): void {
  const { source, problems } = parseSource('junk.yaml', text);
  const loaded = source === undefined ? { problems } : loadSource(source, problems, plugins, { X: 'x' });
  if (!('problems' in loaded)) return;
  expect(loaded.problems.length).toBeGreaterThan(0);
  // One line each, whatever was in the file.
  for (const problem of loaded.problems) expect(formatProblem(problem)).toMatch(/^junk\.yaml:\d+:\d+: [^\p{Cc}]+$/u);
}

test('never throws on random text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), isReportedOrLoaded), { seed, numRuns: 300 });
});

test('never throws on a valid file with junk in it', () => {
  const cuts = fc.array(fc.tuple(fc.nat(valid.length), fc.nat(12), junk), { minLength: 1, maxLength: 3 });
  const spoil = (text: string, [at, length, put]: readonly [number, number, string]) =>
    text.slice(0, at) + put + text.slice(at + length);
  fc.assert(
    fc.property(cuts, (all) => isReportedOrLoaded(all.reduce(spoil, valid))),
    { seed, numRuns: 300 },
  );
});

test('never throws on values of any shape in any place', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('edge1', 'rtsp', 'ipvs', 'mail', '1s', '10.0.0.1'),
  );
  const sections = ['director', 'servers', 'monitors', 'watches', 'virtual_services', 'classify', 'alerts', 'mail'];
  const keys = fc.constantFrom(
    'type',
    'address',
    'backups',
    'servers',
    'monitors',
    'alerts',
    'fwmark',
    'vip',
    'ports',
    'clients',
    'from',
    'mark',
    'file',
    'tcp',
    'smtp',
    'a',
  );
  const entry = fc.dictionary(keys, value, { maxKeys: 5 });
  const section = fc.oneof(
    value,
    entry,
    fc.dictionary(fc.constantFrom('edge1', 'rtsp', 'a', '/'), fc.oneof(value, entry)),
  );
  const document = fc.dictionary(fc.constantFrom(...sections), section);
  fc.assert(
    fc.property(document, (tree) => isReportedOrLoaded(JSON.stringify(tree))),
    { seed, numRuns: 300 },
  );
});
