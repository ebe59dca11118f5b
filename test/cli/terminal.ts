/** A session whose terminal is a list of what was written to it. */

import type { Control } from '../../src/api/control.ts';
import type { Client } from '../../src/cli/client.ts';
import { openClient } from '../../src/cli/client.ts';
import type { Keyboard, Session } from '../../src/cli/session.ts';
import type { Clock } from '../../src/ports.ts';
import { systemClock } from '../../src/system/clock.ts';
import { nowMs } from '../http/fake-control.ts';
import { serve } from '../http/harness.ts';

export interface TestSession extends Session {
  /** All that was written to stdout so far. */
  readonly text: () => string;
  readonly errors: () => string;
  readonly interrupt: () => void;
  readonly press: (keys: string) => void;
  /** How the keyboard was left: raw or not, and how many listeners. */
  readonly keyboardState: () => { readonly raw: boolean; readonly listeners: number };
}

export interface SessionOptions {
  readonly tty?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly clock?: Clock;
}

/** The wall clock stands at the fake daemon's now; intervals are real. */
const paperClock: Clock = { ...systemClock, wallMs: () => nowMs };

export function testSession(options: SessionOptions = {}): TestSession {
  const { tty = false, columns = 100, rows = 30, env = { LANG: 'C.UTF-8' }, clock = paperClock } = options;
  const written = { out: '', err: '' };
  const stop = new AbortController();
  let raw = false;
  const listeners = new Set<(keys: Buffer) => void>();
  const keyboard: Keyboard = {
    setRawMode: (wanted) => {
      raw = wanted;
    },
    on: (_, listener) => listeners.add(listener),
    off: (_, listener) => listeners.delete(listener),
    resume() {},
    pause() {},
  };
  const write = (to: 'out' | 'err') => (text: string) => {
    written[to] += text;
  };
  return {
    out: { write: write('out'), ...(tty && { isTTY: true, columns, rows }) },
    err: { write: write('err') },
    env,
    clock,
    by: 'anna',
    interruption: () => stop.signal,
    keyboard: tty ? keyboard : null,
    timeZone: 'UTC',
    text: () => written.out,
    errors: () => written.err,
    interrupt: () => stop.abort(),
    press: (keys) => {
      for (const listener of listeners) listener(Buffer.from(keys));
    },
    keyboardState: () => ({ raw, listeners: listeners.size }),
  };
}

/** A client of a daemon of paper that runs until the test ends. */
export async function clientOf(control: Control): Promise<Client> {
  return openClient((await serve(control)).path);
}
