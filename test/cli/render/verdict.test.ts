import { expect, test } from 'vitest';
import type { Status } from '../../../src/api/control.ts';
import { verdict } from '../../../src/cli/render/verdict.ts';
import { badNight, place, server, service, status } from '../../http/fake-control.ts';

const out = { desiredWeight: null, actualWeight: null } as const;
const edge1 = place('edge1', '10.10.3.20');
const edge2 = place('edge2', '10.10.3.21');
const spare = place('spare', '10.10.3.29', { role: 'backup', standsInFor: 'edge1' });
const fails = server('edge1', '10.10.3.20', { status: 'fail' });
const fine = [server('edge2', '10.10.3.21'), server('spare', '10.10.3.29')];

const rows: readonly (readonly [string, Status])[] = [
  ['good: all 3 servers ok', status()],
  ['good: all 1 server ok', status({ servers: [server('edge1', '10.10.3.20')], services: [service([edge1])] })],
  ['good: no servers are watched', status({ servers: [], services: [] })],
  [
    'bad: 1 of 3 servers failing - traffic carried by backups',
    status({ servers: [fails, ...fine], services: [service([{ ...edge1, ...out }, spare, edge2])] }),
  ],
  [
    'bad: 1 of 3 servers failing - playout runs on 1 of 2',
    status({ servers: [fails, ...fine], services: [service([{ ...edge1, ...out }, { ...spare, ...out }, edge2])] }),
  ],
  [
    'bad: 1 of 1 server failing - playout has no server in its table',
    status({ servers: [fails], services: [service([{ ...edge1, ...out }])] }),
  ],
  [
    'bad: 1 of 1 server failing - 1 kept in the table although failing',
    status({ servers: [fails], services: [service([{ ...edge1, keptFailing: true }])] }),
  ],
  [
    'bad: 1 of 3 servers failing - traffic not affected',
    status({ servers: [fails, ...fine], services: [service([edge2])] }),
  ],
  ['bad: 1 of 1 server failing', status({ servers: [fails], services: [] })],
  [
    'warn: 1 of 1 server overloaded - the table of playout is not known',
    status({
      servers: [server('edge1', '10.10.3.20', { status: 'overloaded' })],
      services: [service([edge1], { readMs: null })],
    }),
  ],
  [
    'warn: 1 of 1 server not yet tested',
    status({ servers: [server('edge1', '10.10.3.20', { status: 'untested' })], services: [service([edge1])] }),
  ],
  [
    'warn: all 3 servers ok - tables frozen',
    status({ problems: [{ kind: 'frozen', text: 'the gateway is silent', sinceMs: 0 }] }),
  ],
  ['bad: 1 of 4 servers failing - playout runs on 1 of 2 - 1 held manually', badNight()],
];

test.each(rows)('%s', (text, of) => {
  const { tone, text: said } = verdict(of);
  expect(`${tone}: ${said}`).toBe(text);
});
