/**
 * Tells systemd how we are: sd_notify(3). Node has no datagram sockets in the file system, so systemd's own
 * `systemd-notify` sends each message (19 ms); the unit needs `NotifyAccess=all`, since a child speaks.
 */
import type { Exec, Log } from '../ports.ts';

export interface Notifier {
  /** How often systemd wants a sign of life; null: it does not ask. Half of it is a good beat. */
  readonly watchdogMs: number | null;
  ready(status: string): void;
  status(text: string): void;
  /** A reload begins; `ready` ends it. */
  reloading(): void;
  stopping(): void;
  /** A sign of life. The caller has made sure that there is life. */
  alive(): void;
  /** Ends when all that was said has been sent, or could not be. */
  flush(): Promise<void>;
}

export interface NotifierOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  readonly exec: Exec;
  readonly log: Log;
  /** CLOCK_MONOTONIC in µs, as systemd compares it with its own (`process.hrtime` reads the same clock). */
  readonly monoUsec: () => bigint;
}

const sendMs = 5000;
/** systemd cuts status texts; a long one only costs. */
const statusCap = 200;

/** Does nothing at all when nobody asked for notices (no NOTIFY_SOCKET). Never throws, never blocks. */
export function createNotifier({ env, pid, exec, log, monoUsec }: NotifierOptions): Notifier {
  const on = (env['NOTIFY_SOCKET'] ?? '') !== '';
  /** Assignments still to send, in order; a newer one of the same kind replaces one that has not gone. */
  let waiting: { readonly kind: string; readonly assignments: readonly string[] }[] = [];
  let busy = false;
  let sent: Promise<void> = Promise.resolve();

  const say = (kind: string, assignments: readonly string[]) => {
    if (!on) return;
    waiting = [...waiting.filter((message) => message.kind !== kind), { kind, assignments }];
    if (!busy) sent = send();
  };

  async function send(): Promise<void> {
    busy = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        const { exitCode, stderr } = await exec.run('systemd-notify', next.assignments, { timeoutMs: sendMs });
        if (exitCode !== 0)
          log.warn({ assignments: next.assignments, exitCode, stderr: stderr.trim() }, 'systemd was not told');
      } catch (fault) {
        log.warn({ assignments: next.assignments, fault }, 'systemd was not told');
      }
    }
    busy = false;
  }

  return {
    watchdogMs: on ? watchdogMsIn(env, pid) : null,
    ready: (text) => say('state', ['READY=1', statusOf(text)]),
    status: (text) => say('status', [statusOf(text)]),
    reloading: () => say('state', ['RELOADING=1', `MONOTONIC_USEC=${monoUsec()}`]),
    stopping: () => say('state', ['STOPPING=1']),
    alive: () => say('watchdog', ['WATCHDOG=1']),
    flush: () => sent,
  };
}

/** sd_watchdog_enabled(3): WATCHDOG_USEC in µs, meant for us only when WATCHDOG_PID is ours or absent. */
export function watchdogMsIn(env: NodeJS.ProcessEnv, pid: number): number | null {
  const text = env['WATCHDOG_USEC'] ?? '';
  const usec = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  const forUs = (env['WATCHDOG_PID'] ?? '') === '' || env['WATCHDOG_PID'] === String(pid);
  return usec > 0 && forUs ? usec / 1000 : null;
}

function statusOf(text: string): string {
  return `STATUS=${text.replace(/\p{Cc}+/gu, ' ').slice(0, statusCap)}`;
}
