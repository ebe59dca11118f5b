/** The session of a real process. */
import { userInfo } from 'node:os';
import { systemClock } from '../system/clock.ts';
import type { Session } from './session.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function processSession(process: NodeJS.Process): Session {
  const { stdin, stdout, stderr, env } = process;
  const stop = new AbortController();
  let isWorking = false;
  stdout.on('error', (fault: NodeJS.ErrnoException) => {
    if (isWorking) stop.abort();
    // `understudy history | head`: the reader has what it wants, and so there is nothing to say.
    else if (fault.code === 'EPIPE') process.exit();
    else stderr.write(`cannot write the output: ${fault.message}\n`, () => process.exit(1));
  });
  stderr.on('error', () => {
    if (isWorking) stop.abort();
    else process.exit(1);
  });
  return {
    out: stdout,
    err: stderr,
    env,
    clock: systemClock,
    by: personIn(env),
    keyboard: stdin.isTTY ? stdin : null,
    interruption: () => {
      if (!isWorking) for (const signal of signals) process.once(signal, () => stop.abort());
      isWorking = true;
      return stop.signal;
    },
  };
}

function personIn(env: NodeJS.ProcessEnv): string {
  if (env['SUDO_USER']) return env['SUDO_USER'];
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in passwd(5), as in some containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
