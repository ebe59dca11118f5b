import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listeningSockets } from '../../src/system/unix-sockets.ts';
import { tempFolder } from '../http/harness.ts';

const table = `Num       RefCount Protocol Flags    Type St Inode Path
00000000d31c2f4f: 00000002 00000000 00010000 0001 01 18523254 /var/lib/understudy/control.sock.new
0000000069a5dbd1: 00000003 00000000 00000000 0001 03    20161 /var/lib/understudy/control.sock.new
000000002a1c9ad5: 00000002 00000000 00010000 0001 01    20162 /srv/a folder/control.sock.new
000000002a1c9ad6: 00000002 00000000 00010000 0001 01    20163 @/tmp/abstract
000000002a1c9ad7: 00000003 00000000 00000000 0001 03    20164
000000002a1c9ad8: 00000002 00000000 00010000 0001 01    20165 /var/lib/understudy/control.sock.new
`;

it('are those that somebody listens on, each once', () => {
  expect(listeningSockets(table)).toEqual(['/var/lib/understudy/control.sock.new', '/srv/a folder/control.sock.new']);
});

it('are none in what is no such table', () => {
  for (const text of ['', '\0\0', 'Num\n: : : /x', `${'f'.repeat(1e5)}\n`]) expect(listeningSockets(text)).toEqual([]);
});

it('are found as the kernel lists them', async () => {
  const path = join(tempFolder(), 'control.sock');
  const server = createServer().listen(path);
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.on('listening', resolve));
  expect(listeningSockets(readFileSync('/proc/net/unix', 'utf8'))).toContain(path);
});
