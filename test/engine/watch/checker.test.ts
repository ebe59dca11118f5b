import { describe, expect, it } from 'vitest';
import { newPulse } from '../../../src/core/pulse.ts';
import { emptyBoard, layBoard } from '../../../src/engine/watch/board.ts';
import { createChecker } from '../../../src/engine/watch/checker.ts';
import { defineMonitor, field } from '../../../src/plugin/plugin.ts';
import type { Log } from '../../../src/ports.ts';
import { manualClock } from '../../fake/clock.ts';
import { configuration, monitor } from '../../flow/cluster.ts';

const silent = (): void => {};
const log: Log = { debug: silent, info: silent, warn: silent, error: silent };

const fake = defineMonitor({
  type: 'fake',
  about: 'Is never run here',
  options: field.object({}),
  network: true,
  prepare: () => () => Promise.reject(new Error('not expected to run')),
});

function world() {
  const clock = manualClock();
  const [first] = configuration().checks;
  if (first === undefined) throw new Error('expected a check');
  const checks = (['rtsp', 'rtmp', 'wcs'] as const).map((name) => ({
    ...first,
    server: 'edge1',
    monitor: monitor(name),
  }));
  const other = { ...first, server: 'edge2' };
  const config = configuration({ checks: [...checks, other] });
  const { board } = layBoard(config, new Map([['fake', fake]]), emptyBoard, 0);
  const ran: string[] = [];
  const checker = createChecker({
    clock,
    log,
    board: () => board,
    pulses: {
      set: silent,
      state: () => newPulse,
      isDark: () => false,
      distrust: silent,
      stop: silent,
    },
    references: () => [],
    judged: async (_, observation) => observation,
    onObservation: silent,
    runNow: (id) => void ran.push(`${id} at ${Math.round(clock.monoMs() - startMs)}`),
  });
  const startMs = clock.monoMs();
  return { clock, checker, ran };
}

describe('checker', () => {
  it('confirms a tripped check alone, and runs the others of that server a moment later', async () => {
    const { clock, checker, ran } = world();
    checker.tripped('edge1/rtmp');
    await clock.advance(1000);
    expect(ran).toEqual(['edge1/rtmp at 0', 'edge1/rtsp at 50', 'edge1/wcs at 50']);
  });

  it('runs the others once when several held connections close together', async () => {
    const { clock, checker, ran } = world();
    checker.tripped('edge1/rtmp');
    await clock.advance(3);
    checker.tripped('edge1/rtsp');
    await clock.advance(1000);
    expect(ran).toEqual(['edge1/rtmp at 0', 'edge1/rtsp at 3', 'edge1/wcs at 53']);
  });

  it('leaves no timer behind', () => {
    const { clock, checker } = world();
    checker.tripped('edge1/rtmp');
    checker.stop();
    expect(clock.timers()).toBe(0);
  });
});
