/** The status, live. A picture that may be old says so: one that lies is worse than none. */
import type { Status } from '../api/control.ts';
import { errorText } from '../text.ts';
import type { Client } from './client.ts';
import type { JsonOption } from './options.ts';
import { type Line, paint, toned } from './render/look.ts';
import { statusLines } from './render/status.ts';
import { duration } from './render/time.ts';
import { count } from './render/words.ts';
import { type ExitCode, lookOf, pause, type Session, UsageError } from './session.ts';

/** More than two beats of the daemon's event stream. */
const silenceMs = 12_000;
const redrawMs = 1000;

/** q, Q, and Ctrl-C, which is a byte in raw mode and not a signal. */
const quitKeys: readonly number[] = [0x71, 0x51, 0x03];

/** Alternate screen without a cursor, and back (xterm's control sequences, DECSET 1049 and 25). */
const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';
const home = '\x1b[H';
const endOfLine = '\x1b[K';
const endOfScreen = '\x1b[J';

/** What was heard last, when by the monotonic clock, and what is wrong since. */
interface Heard {
  readonly status: Status;
  readonly atMs: number;
  readonly problem: string | null;
}

export async function watch(session: Session, client: Client, options: JsonOption): Promise<ExitCode> {
  if (!options.json && !session.out.isTTY) {
    throw new UsageError('--watch: expected a terminal, got a pipe or a file; --json writes one status a line');
  }
  const { clock, out, keyboard } = session;
  const stop = new AbortController();
  const { signal } = stop;
  // Also the proof that there is a daemon, before the screen is taken.
  let heard: Heard = { status: await client.get<Status>('/status'), atMs: clock.monoMs(), problem: null };
  const interrupted = session.interruption();
  const end = () => stop.abort();
  interrupted.addEventListener('abort', end);
  const onKeys = (keys: Buffer) => {
    if (keys.some((key) => quitKeys.includes(key))) end();
  };

  const draw = () => {
    if (!options.json) out.write(screen(heard, session));
  };
  const tell = () => {
    if (options.json) out.write(`${JSON.stringify(heard.status)}\n`);
    else draw();
  };

  if (!options.json) {
    out.write(enter);
    keyboard?.setRawMode(true);
    keyboard?.on('data', onKeys);
    keyboard?.resume();
  }
  try {
    const redrawing = redraw(session, signal, draw);
    draw();
    while (!signal.aborted) {
      try {
        for await (const status of client.events<Status>('/events', { silenceMs, signal })) {
          heard = { status, atMs: clock.monoMs(), problem: null };
          tell();
        }
      } catch (fault) {
        heard = { ...heard, problem: errorText(fault) };
        draw();
      }
      await pause(session, redrawMs, signal);
    }
    await redrawing;
  } finally {
    interrupted.removeEventListener('abort', end);
    if (!options.json) {
      keyboard?.off('data', onKeys);
      keyboard?.setRawMode(false);
      keyboard?.pause();
      out.write(leave);
    }
  }
  return 0;
}

/** Ages grow, and the terminal may change its size, also when nothing is heard. */
async function redraw(session: Session, signal: AbortSignal, draw: () => void): Promise<void> {
  while (!signal.aborted) {
    await pause(session, redrawMs, signal);
    if (!signal.aborted) draw();
  }
}

function screen(heard: Heard, session: Session): string {
  const look = lookOf(session);
  const rows = Math.max(3, session.out.rows ?? 24);
  const agoMs = session.clock.monoMs() - heard.atMs;
  const { status, problem } = heard;
  const stale = problem !== null || agoMs > silenceMs;
  // The daemon's clock goes on, also when it is silent.
  const now = { ...status, director: { ...status.director, nowMs: status.director.nowMs + agoMs } };
  const lines: Line[] = [
    ...(stale ? [[toned('bad', `✖ STALE for ${duration(agoMs)}: ${problem ?? 'the daemon is silent'}`)], []] : []),
    ...statusLines(now, look),
  ];
  const more = lines.length - (rows - 1);
  const shown = more > 0 ? lines.slice(0, rows - 1) : lines;
  const footer: Line = [toned('quiet', more > 0 ? `… ${count(more, 'line')} more; q to leave` : 'q to leave')];
  const text = [...shown, footer].map((line) => `${paint(line, look)}${endOfLine}`);
  return `${home}${text.join('\r\n')}${endOfScreen}`;
}
