import { expect, test } from 'vitest';
import type { CheckConfig } from '../../../src/config/config.ts';
import { emptyBoard, layBoard } from '../../../src/engine/watch/board.ts';
import { defineMonitor, field } from '../../../src/plugin/plugin.ts';
import { configuration, monitor } from '../../flow/cluster.ts';

const prepares = (type: string, prepare: () => void) =>
  defineMonitor({
    type,
    about: 'for this test',
    options: field.object({}),
    network: true,
    tripwirePort: () => null,
    prepare: () => {
      prepare();
      return async () => ({ status: 'ok', summary: 'ok' });
    },
  });

test('a reload in which a monitor cannot be prepared changes nothing of the board in force (law 9)', () => {
  const monitors = new Map([
    ['fake', prepares('fake', () => {})],
    [
      'broken',
      prepares('broken', () => {
        throw new Error('no such file');
      }),
    ],
  ]);
  const checks = configuration().checks;
  const before = layBoard(configuration(), monitors, emptyBoard, 0);
  before.commit();
  const record = before.board.checks.get('edge1/rtsp');
  const oldConfig = record?.config;

  const faster = monitor('rtsp', { timing: { intervalMs: 5, timeoutMs: 1, retryIntervalMs: 1, fall: 9, rise: 9 } });
  const next: CheckConfig[] = checks.map((check, at) => ({
    ...check,
    monitor: at === checks.length - 1 ? monitor('rtsp', { type: 'broken' }) : faster,
  }));
  expect(() => layBoard(configuration({ checks: next }), monitors, before.board, 0)).toThrow('no such file');
  expect(record?.config).toBe(oldConfig);

  const kept = layBoard(
    configuration({ checks: checks.map((check) => ({ ...check, monitor: faster })) }),
    monitors,
    before.board,
    0,
  );
  expect(record?.config).toBe(oldConfig);
  kept.commit();
  expect(record?.config.monitor).toBe(faster);
  expect(kept.board.checks.get('edge1/rtsp')).toBe(record);
});
