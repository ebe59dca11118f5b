import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { takeSignals } from '../../src/system/signals.ts';

function world() {
  const from = new EventEmitter() as EventEmitter & Pick<NodeJS.Process, 'on'>;
  return { from, signals: takeSignals(from) };
}

it('the first of SIGTERM and SIGINT is the end', async () => {
  const { from, signals } = world();
  from.emit('SIGINT');
  from.emit('SIGTERM');
  expect(await signals.ended).toBe('SIGINT');
});

it('a SIGHUP that came while we started is heeded once, as soon as somebody can', () => {
  const { from, signals } = world();
  let reloads = 0;
  from.emit('SIGHUP');
  from.emit('SIGHUP');
  signals.onReload(() => {
    reloads += 1;
  });
  expect(reloads).toBe(1);
  from.emit('SIGHUP');
  expect(reloads).toBe(2);
});
