import { describe, expect, test } from 'vitest';
import { keepHot } from '../../../src/balancer/ipvs/hot.ts';
import type { Clock, Exec, PipeEvents } from '../../../src/ports.ts';

describe('keepHot', () => {
  test('keeps one in use and one in reserve', () => {
    const { hot, pipes } = setUp();
    hot.write('a\n');
    hot.write('b\n');
    expect(pipes.map(({ written }) => written)).toEqual([['a\n', 'b\n'], []]);
  });

  test('writes to the reserve once the first has ended, and opens another', () => {
    const { hot, pipes, clock } = setUp();
    clock.advance(1_000);
    pipes[0]?.events.onExit('exit 2');
    hot.write('a\n');
    expect(pipes[1]?.written).toEqual(['a\n']);
    clock.advance(100);
    expect(pipes).toHaveLength(3);
    expect(hot.failure()).toBeNull();
  });

  test('waits longer each time they end at once, up to 10 s', () => {
    const { hot, pipes, clock } = setUp();
    const opened: number[] = [];
    for (let ms = 0; ms < 60_000; ms += 100) {
      for (const pipe of pipes.splice(0)) {
        opened.push(ms);
        pipe.events.onStderr("Can't initialize ipvs: Permission denied (you must be root)\n");
        pipe.events.onExit('exit 2');
      }
      clock.advance(100);
    }
    expect([...new Set(opened)].slice(0, 6)).toEqual([0, 100, 300, 700, 1500, 3100]);
    expect(opened.length).toBeLessThan(30);
    expect(hot.write('a\n')).toBeNull();
    expect(hot.failure()).toBe("Can't initialize ipvs: Permission denied (you must be root)\n\nexit 2");
  });

  test('opens at once when ipvsadm is reported to work', () => {
    const { hot, pipes } = setUp();
    for (const pipe of [...pipes]) pipe.events.onExit('exit 2');
    hot.works();
    expect(pipes).toHaveLength(4);
    expect(hot.failure()).toBeNull();
  });

  test('ends the one that took lines, only once, and the reserve takes over', () => {
    const { hot, pipes } = setUp();
    const abandon = hot.write('a\n');
    abandon?.();
    abandon?.();
    hot.write('b\n');
    expect(pipes.map(({ closed }) => closed)).toEqual([true, false]);
    expect(pipes[1]?.written).toEqual(['b\n']);
  });

  test('tells of every error and every end', () => {
    const { pipes, problems } = setUp();
    pipes[0]?.events.onStderr('No such service\n');
    pipes[1]?.events.onExit('ended by SIGKILL');
    expect(problems()).toBe(2);
  });

  test('closes both and opens no more', () => {
    const { hot, pipes, clock } = setUp();
    pipes[0]?.events.onExit('exit 2');
    hot.close();
    pipes[1]?.events.onExit('ended by SIGKILL');
    clock.advance(60_000);
    expect(pipes).toHaveLength(2);
    expect(pipes[1]?.closed).toBe(true);
    expect(clock.pending()).toBe(0);
    expect(hot.write('a\n')).toBeNull();
  });

  test('stays closed when ipvsadm is reported to work', () => {
    const { hot, pipes, clock } = setUp();
    hot.close();
    hot.works();
    clock.advance(60_000);
    expect(pipes).toHaveLength(2);
    expect(clock.pending()).toBe(0);
  });
});

interface FakePipe {
  readonly events: PipeEvents;
  readonly written: string[];
  closed: boolean;
}

function setUp() {
  const pipes: FakePipe[] = [];
  const clock = handClock();
  let problems = 0;
  const exec: Exec = {
    run: () => Promise.reject(new Error('not here')),
    open(_file, _args, events) {
      const pipe: FakePipe = { events, written: [], closed: false };
      pipes.push(pipe);
      return {
        write: (text) => pipe.written.push(text),
        close() {
          pipe.closed = true;
        },
      };
    },
  };
  const onProblem = (): void => {
    problems += 1;
  };
  return { hot: keepHot(exec, clock, 'ipvsadm', { onProblem }), pipes, clock, problems: () => problems };
}

/** Time that moves only when told. */
function handClock(): Clock & { advance(ms: number): void; pending(): number } {
  const timers = new Map<number, { readonly dueMs: number; readonly callback: () => void }>();
  let nowMs = 0;
  let lastId = 0;
  return {
    wallMs: () => nowMs,
    monoMs: () => nowMs,
    after(delayMs, callback) {
      lastId += 1;
      const id = lastId;
      timers.set(id, { dueMs: nowMs + delayMs, callback });
      return () => timers.delete(id);
    },
    advance(ms) {
      nowMs += ms;
      for (const [id, { dueMs, callback }] of [...timers]) {
        if (dueMs <= nowMs && timers.delete(id)) callback();
      }
    },
    pending: () => timers.size,
  };
}
