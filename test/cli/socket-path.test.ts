import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { socketPath, stateDirIn } from '../../src/cli/socket-path.ts';
import { tempFolder } from '../http/harness.ts';

test('the option wins over the configuration, that over the environment, that over the default', () => {
  const config = join(tempFolder(), 'understudy.yaml');
  writeFileSync(config, 'director:\n  name: lb1\n  state: /srv/state\n');
  const relative = join(tempFolder(), 'understudy.yaml');
  writeFileSync(relative, 'director: { state: state }\n');
  const env = { UNDERSTUDY_SOCKET: '/run/other.sock' };
  expect(socketPath({ socket: '/a.sock', config }, env)).toBe('/a.sock');
  expect(socketPath({ config }, env)).toBe('/srv/state/control.sock');
  expect(socketPath({ config: relative }, env)).toBe(join(dirname(relative), 'state/control.sock'));
  expect(socketPath({}, env)).toBe('/run/other.sock');
  expect(socketPath({}, {})).toBe('/var/lib/understudy/control.sock');
});

test('a configuration that cannot be read is wrong usage', () => {
  expect(() => socketPath({ config: '/nowhere/x.yaml' }, {})).toThrow(
    '/nowhere/x.yaml: expected a configuration to read, got ENOENT',
  );
});

test.each([
  ['director:\n  state: /srv/state  # here\n', '/srv/state'],
  ['# top\ndirector: # ours\n  name: lb1\n\n  # state: /old\n  state: "/srv/my state"\nservers:\n', '/srv/my state'],
  ['director: { name: lb1, state: /srv/state }\n', '/srv/state'],
  ["director:\n  state: '$\u007bSTATE}/x'\n", '/from/env/x'],
  ['director:\n  name: lb1\nservers:\n  state: { address: 10.0.0.1 }\n', null],
  ['servers: {}\n', null],
  ['', null],
])('finds director.state in %j', (yaml, state) => {
  expect(stateDirIn(yaml, { STATE: '/from/env' })).toBe(state);
});
