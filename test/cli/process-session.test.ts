import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { processSession } from '../../src/cli/process-session.ts';

/** A process whose reader may go away. */
function paperProcess() {
  const ends: (number | undefined)[] = [];
  const written: string[] = [];
  const stdout = new EventEmitter();
  const stderr = Object.assign(new EventEmitter(), {
    write(text: string, done?: () => void) {
      written.push(text);
      done?.();
    },
  });
  const exit = (code?: number) => void ends.push(code);
  const process = Object.assign(new EventEmitter(), { stdin: { isTTY: false }, stdout, stderr, env: {}, exit });
  const fails = (stream: EventEmitter, code: string) => stream.emit('error', Object.assign(new Error(code), { code }));
  return { process: process as unknown as NodeJS.Process, stdout, stderr, ends, written, fails };
}

describe('a reader that goes away', () => {
  test.each([
    ['EPIPE', undefined, []],
    ['ENOSPC', 1, ['cannot write the output: ENOSPC\n']],
  ])('ends a command that only tells: %s', (code, status, said) => {
    const { process, stdout, ends, written, fails } = paperProcess();
    processSession(process);
    fails(stdout, code);
    expect(ends).toEqual([status]);
    expect(written).toEqual(said);
  });

  test.each(['EPIPE', 'ENOSPC'])('only interrupts one that is at work, which ends in its own way: %s', (code) => {
    const { process, stdout, stderr, ends, fails } = paperProcess();
    const signal = processSession(process).interruption();
    expect(signal.aborted).toBe(false);
    fails(stdout, code);
    fails(stderr, code);
    expect(signal.aborted).toBe(true);
    expect(ends).toEqual([]);
  });
});
