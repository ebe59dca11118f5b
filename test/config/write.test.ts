// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own ${NAME}
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSource } from '../../src/config/read.ts';
import { writeDocument } from '../../src/config/write.ts';

const document = {
  head: ['Made from mon.cf.', '', 'Look it over.'],
  sections: {
    director: { name: 'lb1', reference: ['10.10.3.1', '10.10.3.2:22'] },
    servers: { edge1: { address: '10.10.3.20', backups: ['spare'] }, spare: { address: '2001:db8::29' } },
    monitors: { disk: { type: 'command', run: ['/usr/lib/check', '-w', '10%'], interval: '1m' } },
    classify: [
      { vip: '10.10.3.30', ports: { tcp: [1935] }, clients: [{ from: '192.168.7.0/24', mark: 1 }], default: 1 },
      { vip: ['10.10.3.31'], ports: { udp: '6950-7150' }, mark: 2 },
    ],
    virtual_services: {
      playout: {
        fwmark: 1,
        scheduler: 'rr',
        persistence: '50s',
        servers: { edge1: { weight: 1 }, edge2: { weight: 2 } },
        min_pooled: '50%',
        fail_back: 'manual',
      },
    },
    spread: { clients: [{ from: 'a', mark: 1 }, { file: 'b' }], one: [{ file: 'c' }] },
    mail: { smtp: 'smtp://mx', from: 'a@example.org' },
  },
  comments: new Map([
    ['servers.edge1', ['rack 3']],
    ['virtual_services.playout.persistence', ['was persistence_timeout']],
    ['servers.gone.address', ['of a server that is not here']],
  ]),
};

test('puts on one line what fits, and comments above their keys', () => {
  expect(writeDocument(document)).toBe(`# Made from mon.cf.
#
# Look it over.

director: { name: lb1, reference: [10.10.3.1, 10.10.3.2:22] }

# of a server that is not here
servers:
  # rack 3
  edge1: { address: 10.10.3.20, backups: [spare] }
  spare: { address: 2001:db8::29 }

monitors:
  disk: { type: command, run: [/usr/lib/check, -w, 10%], interval: 1m }

classify:
  - { vip: 10.10.3.30, ports: { tcp: [1935] }, clients: [{ from: 192.168.7.0/24, mark: 1 }], default: 1 }
  - { vip: [10.10.3.31], ports: { udp: 6950-7150 }, mark: 2 }

virtual_services:
  playout:
    fwmark: 1
    scheduler: rr
    # was persistence_timeout
    persistence: 50s
    servers: { edge1: { weight: 1 }, edge2: { weight: 2 } }
    min_pooled: 50%
    fail_back: manual

spread:
  clients:
    - { from: a, mark: 1 }
    - { file: b }
  one: [{ file: c }]

mail: { smtp: smtp://mx, from: a@example.org }
`);
});

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('true', '1', '0x1f', '1e3', 'null', '~', '', ' ', '- a', '--- a', '...', 'a: b', 'a #b', '# a', '{}'),
  fc.constantFrom(
    '[::1]:80',
    '::1',
    '10%',
    '%a',
    '@a',
    '`a',
    '*a',
    '&a',
    '!a',
    "it's",
    '"',
    'a\nb',
    'a\r\nb',
    '\ufeff',
    '\ud800',
    '🎥',
  ),
  fc.constantFrom('__proto__', 'constructor', '<<', '? a', 'a, b', '${X}', 'x'.repeat(130), `${'x y '.repeat(60)}"`),
);
const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(word, tie('value'), { maxKeys: 5 }),
  ),
}));

test('gives the same document when it is read again, whatever the texts and the comments', () => {
  const comments = fc.array(fc.tuple(fc.constantFrom('a', 'a.b', 'b.0', 'a.0.b', 'c'), fc.array(word)));
  const names = fc.oneof(fc.constantFrom('a', 'b', 'c'), word);
  const document = fc.record({
    head: fc.array(word, { maxLength: 3 }),
    sections: fc.dictionary(names, tree.value, { minKeys: 1, maxKeys: 4 }),
    comments: comments.map((pairs) => new Map(pairs)),
  });
  fc.assert(
    fc.property(document, (made) => {
      // As a file would give it back.
      const text = Buffer.from(writeDocument(made)).toString();
      const { source, problems } = parseSource('written.yaml', text);
      expect(problems).toEqual([]);
      expect(JSON.stringify(source?.value)).toBe(JSON.stringify(made.sections));
    }),
    { seed: 7, numRuns: 500 },
  );
});

test('writes tens of thousands of clients without delay', () => {
  const clients = Array.from({ length: 20_000 }, (_, i) => ({ from: `10.1.${i >> 8}.${i & 255}`, mark: (i % 9) + 1 }));
  const text = writeDocument({ head: [], sections: { classify: { clients } }, comments: new Map() });
  expect(text.split('\n')).toHaveLength(20_003);
});
