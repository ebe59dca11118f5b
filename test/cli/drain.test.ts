import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { Status } from '../../src/api/control.ts';
import { drain } from '../../src/cli/drain.ts';
import type { Hold } from '../../src/core/model.ts';
import { manualClock } from '../fake/clock.ts';
import { fakeControl, nowMs, place, server, service, status } from '../http/fake-control.ts';
import { clientOf, testSession } from './terminal.ts';

const hold: Hold = { server: 'edge1', kind: 'drain', atMs: nowMs, untilMs: null, why: '', by: 'anna' };

function draining(activeConns: number, actualWeight = 0, held: Hold | null = hold): Status {
  return status({
    services: [service([place('edge1', '10.10.3.20', { activeConns, desiredWeight: 0, actualWeight })])],
    servers: [server('edge1', '10.10.3.20', { hold: held })],
  });
}

/** A daemon that says one status after the other, one second apart, and the last one for ever. */
async function set(...statuses: readonly Status[]) {
  const control = fakeControl(statuses[0]);
  const left = [...statuses];
  const client = await clientOf({
    ...control,
    status: () => (left.length > 1 ? left.shift() : left[0]) as Status,
  });
  const clock = manualClock(nowMs);
  /** Time passes whenever somebody waits for it. */
  const finish = async <T>(command: Promise<T>): Promise<T> => {
    let ended = false;
    void command.finally(() => {
      ended = true;
    });
    while (!ended) await clock.advance(clock.timers() > 0 ? 1000 : 0);
    return command;
  };
  return { client, clock, finish };
}

test('on a terminal it shows the connections going down, until the last has ended', async () => {
  const { client, clock, finish } = await set(draining(40, 1), draining(40), draining(10), draining(0));
  const session = testSession({ tty: true, clock });
  expect(await finish(drain(session, client, 'edge1', {}))).toBe(0);
  const text = stripVTControlCharacters(session.text());
  expect(text.split('\r')).toEqual([
    '◐ edge1  drained by anna 0s ago, until enabled\n  ░░░░░░░░░░░░░░░░░░░░  40 of 40 active, 0s, Ctrl-C to stop watching',
    '  ░░░░░░░░░░░░░░░░░░░░  40 of 40 active, 1s, Ctrl-C to stop watching',
    '  ███████████████░░░░░  10 of 40 active, 2s, Ctrl-C to stop watching',
    '✔ edge1  no active connections left, after 3s\n',
  ]);
  expect(clock.timers()).toBe(0);
});

test('where it is no terminal it returns at once', async () => {
  const { client, clock } = await set(draining(40));
  const session = testSession({ clock });
  expect(await drain(session, client, 'edge1', {})).toBe(0);
  expect(session.text()).toBe('◐ edge1  drained by anna 0s ago, until enabled\n');
});

test('--wait waits there as well, and says the end', async () => {
  const { client, clock, finish } = await set(draining(3), draining(0));
  const session = testSession({ clock });
  expect(await finish(drain(session, client, 'edge1', { wait: true, json: true }))).toBe(0);
  expect(JSON.parse(session.text())).toEqual({
    hold: { ...hold, unsaved: null },
    result: 'drained',
    activeConns: 0,
    tookMs: 1000,
  });
});

test('does not call a server drained that is still in a table with its weight', async () => {
  const { client, clock, finish } = await set(draining(0, 1), draining(0, 1), draining(0));
  const session = testSession({ clock });
  await finish(drain(session, client, 'edge1', { wait: true }));
  expect(session.text()).toContain('no active connections left, after 2s');
});

test('Ctrl-C ends the watching: fine for a person, a failure for a script that asked to wait', async () => {
  const { client, clock } = await set(draining(23));
  const person = testSession({ tty: true, clock });
  const watching = drain(person, client, 'edge1', {});
  await expect.poll(() => clock.timers(), { timeout: 5000 }).toBe(1);
  person.interrupt();
  expect(await watching).toBe(0);
  expect(person.text()).toContain('stays drained, 23 active connections left\n');
  expect(clock.timers()).toBe(0);

  const script = testSession({ clock });
  script.interrupt();
  expect(await drain(script, client, 'edge1', { wait: true })).toBe(1);
});

test('fails when somebody enables the server meanwhile', async () => {
  const { client, clock, finish } = await set(draining(23), draining(23, 1, null));
  const session = testSession({ clock });
  expect(await finish(drain(session, client, 'edge1', { wait: true }))).toBe(1);
  expect(session.text()).toContain('expected it to stay drained, got enabled; 23 active connections\n');
});

test('says when the server is in no pool', async () => {
  const { client, clock } = await set({ ...draining(0), services: [] });
  const session = testSession({ tty: true, clock });
  expect(await drain(session, client, 'edge1', {})).toBe(0);
  expect(session.text()).toContain('is in no pool: there is nothing to drain');
});
