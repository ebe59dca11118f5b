import { expect, test } from 'vitest';
import { importHaproxy } from '../../haproxy/index.ts';
import { alone, problemsOf, remarksOf, valueAt } from '../cluster/golden.ts';

function imported(lines: readonly string[]) {
  const made = importHaproxy(alone(['global', ...lines, 'backend b', 'server a 10.0.0.1:80 check'].join('\n')));
  expect(problemsOf(made)).toEqual([]);
  const told = remarksOf(made).filter((text) => text.includes('are managed over'));
  return [valueAt(made, 'virtual_services', 'b', 'haproxy', 'socket') ?? 'default', told] as const;
}

const missing = "HAProxy's socket, and there is none: add `stats socket /run/haproxy/admin.sock";

test.each<[string[], string, string[]]>([
  [['stats socket /run/haproxy/admin.sock mode 660 level admin'], 'default', []],
  [['stats socket /run/hap.sock level admin'], '/run/hap.sock', []],
  [['stats socket unix@/run/hap.sock level admin', 'stats socket /run/b.sock level operator'], '/run/hap.sock', []],
  [['stats socket ipv4@127.0.0.1:9999 level admin'], '127.0.0.1:9999', []],
  [
    ['stats socket /run/hap.sock mode 600'],
    '/run/hap.sock',
    ["2: changed: `stats socket`: the pools are managed over HAProxy's socket, add `level admin` to it"],
  ],
  [['stats socket "$DIR/hap.sock" level admin'], 'default', [expect.stringContaining(missing)]],
  [['stats socket *:9999 level admin'], 'default', [expect.stringContaining(missing)]],
  [[], 'default', [expect.stringContaining(missing)]],
])('%o gives the socket %s', (lines, socket, told) => {
  expect(imported(lines)).toEqual([socket, told]);
});
