import { expect, test } from 'vitest';
import { openClient } from '../../src/cli/client.ts';
import { watch } from '../../src/cli/watch.ts';
import { badNight, fakeControl, status } from '../http/fake-control.ts';
import { serve, tempFolder } from '../http/harness.ts';
import { clientOf, testSession } from './terminal.ts';

const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';

test('shows each change on the alternate screen, and gives the terminal back when q is pressed', async () => {
  const control = fakeControl(status());
  const client = await clientOf(control);
  const session = testSession({ tty: true });
  const watching = watch(session, client, {});
  await expect.poll(() => session.text(), { timeout: 5000 }).toContain('all 3 servers ok');
  expect(session.text().startsWith(enter)).toBe(true);
  expect(session.keyboardState()).toEqual({ raw: true, listeners: 1 });
  await expect.poll(() => control.listeners(), { timeout: 5000 }).toBe(1);
  control.show(badNight());
  await expect.poll(() => session.text(), { timeout: 5000 }).toContain('1 of 4 servers failing');
  session.press('q');
  expect(await watching).toBe(0);
  expect(session.text().endsWith(leave)).toBe(true);
  expect(session.keyboardState()).toEqual({ raw: false, listeners: 0 });
  await expect.poll(() => control.listeners(), { timeout: 5000 }).toBe(0);
});

test.each([
  ['a signal', (session: ReturnType<typeof testSession>) => session.interrupt()],
  ['Ctrl-C, a byte in raw mode', (session: ReturnType<typeof testSession>) => session.press('\x03')],
])('gives the terminal back on %s', async (_, end) => {
  const client = await clientOf(fakeControl());
  const session = testSession({ tty: true });
  const watching = watch(session, client, {});
  await expect.poll(() => session.keyboardState().raw, { timeout: 5000 }).toBe(true);
  end(session);
  expect(await watching).toBe(0);
  expect(session.text().endsWith(leave)).toBe(true);
});

test('says STALE when the daemon goes away, and picks up when it is back', async () => {
  const first = await serve(fakeControl(status()));
  const session = testSession({ tty: true });
  const watching = watch(session, openClient(first.path), {});
  await expect.poll(() => session.text(), { timeout: 5000 }).toContain('all 3 servers ok');
  await first.close();
  await expect.poll(() => session.text(), { timeout: 5000 }).toContain('✖ STALE for');
  const again = await serve(fakeControl(badNight()), first.path);
  await expect.poll(() => session.text(), { timeout: 10_000 }).toContain('1 of 4 servers failing');
  const last = session.text().split('\x1b[H').at(-1) ?? '';
  expect(last).not.toContain('STALE');
  session.press('q');
  expect(await watching).toBe(0);
  await again.close();
});

test('never writes more lines than the screen has', async () => {
  const client = await clientOf(fakeControl(badNight()));
  const session = testSession({ tty: true, rows: 8, columns: 60 });
  const watching = watch(session, client, {});
  await expect.poll(() => session.text(), { timeout: 5000 }).toContain('lines more; q to leave');
  session.press('q');
  await watching;
  const screens = session.text().split('\x1b[H').slice(1);
  for (const screen of screens) expect(screen.split('\r\n').length).toBeLessThanOrEqual(8);
});

test('does not touch the terminal when there is no daemon', async () => {
  const session = testSession({ tty: true });
  await expect(watch(session, openClient(`${tempFolder()}/control.sock`), {})).rejects.toThrow('no daemon answers');
  expect(session.text()).toBe('');
});

test('--json writes one status a line, also into a pipe', async () => {
  const control = fakeControl(status());
  const session = testSession();
  const watching = watch(session, await clientOf(control), { json: true });
  await expect.poll(() => session.text().split('\n').length, { timeout: 5000 }).toBeGreaterThan(1);
  session.interrupt();
  expect(await watching).toBe(0);
  expect(JSON.parse(session.text().split('\n')[0] ?? '')).toEqual(status());
});
