import { expect, test } from 'vitest';
import { beatMs, statusEvents } from '../../src/http/events.ts';
import { manualClock } from '../fake/clock.ts';
import { fakeControl, status } from './fake-control.ts';

const named = (name: string) => status({ director: { ...status().director, name } });

function open(control = fakeControl(named('first'))) {
  const clock = manualClock();
  const stop = new AbortController();
  const reader = statusEvents(control, clock, stop.signal).getReader();
  const next = async () => {
    const { value } = await reader.read();
    const text = new TextDecoder().decode(value);
    return value === undefined ? 'end' : (/"name":"(\w+)","version"/.exec(text)?.[1] ?? text);
  };
  return { clock, stop, reader, next, control };
}

test('sends the status at once, and again after a change', async () => {
  const { next, control, clock } = open();
  expect(await next()).toBe('first');
  control.show(named('second'));
  const second = next();
  await clock.advance(200);
  expect(await second).toBe('second');
});

test('makes one event of a storm of changes, and it is the latest', async () => {
  const { next, control, clock } = open();
  await next();
  for (let number = 0; number < 50; number += 1) control.show(named(`storm${number}`));
  const one = next();
  await clock.advance(200);
  expect(await one).toBe('storm49');
  const beat = next();
  await clock.advance(beatMs - 1);
  control.show(named('last'));
  await clock.advance(1);
  expect(await beat).toBe('last');
});

test('keeps nothing for a client that does not read: it gets the latest when it does', async () => {
  const { next, control, clock } = open();
  await next();
  for (let number = 0; number < 10; number += 1) {
    control.show(named(`missed${number}`));
    await clock.advance(1000);
  }
  expect(await next()).toBe('missed9');
});

test('tells a quiet client every beat that it lives', async () => {
  const { next, clock } = open();
  await next();
  const beat = next();
  await clock.advance(beatMs);
  expect(await beat).toBe('first');
});

test('ends when the server stops, and listens no more', async () => {
  const { next, stop, control, clock } = open();
  await next();
  const last = next();
  stop.abort();
  expect(await last).toBe('end');
  expect(control.listeners()).toBe(0);
  expect(clock.timers()).toBe(0);
});

test('listens no more when the client leaves', async () => {
  const { next, reader, control, clock } = open();
  await next();
  const waiting = next();
  await reader.cancel();
  await waiting;
  expect(control.listeners()).toBe(0);
  await clock.advance(beatMs);
  expect(clock.timers()).toBe(0);
});

test('twenty clients at once print no warning about listeners', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  const control = fakeControl(status());
  const stop = new AbortController();
  const readers = Array.from({ length: 20 }, () => statusEvents(control, manualClock(), stop.signal).getReader());
  await Promise.all(readers.map((reader) => reader.read()));
  // A warning is emitted in a later turn.
  await new Promise((done) => setImmediate(done));
  process.off('warning', note);
  expect(warnings).toEqual([]);
});
