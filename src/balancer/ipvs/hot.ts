/** Keeps an `ipvsadm -R` open: it applies each line as it arrives, in 0.4 ms; starting a process takes 3 ms or more. */
import type { Cancel, Clock, Exec, Pipe } from '../../ports.ts';

export interface Hot {
  /**
   * null: no process is open. Otherwise returns how to end the process that took the lines, for when they do not
   * show up in the table: it must not apply them later.
   */
  write(lines: string): (() => void) | null;
  /** A command was applied: forgets earlier failures, and opens again without waiting for the back-off. */
  works(): void;
  /** How the last process ended, if none has proved itself since. */
  failure(): string | null;
  /** Permanent: no process is opened again. */
  close(): void;
}

export interface HotEvents {
  /** A process printed an error or ended: some lines may not have been applied. */
  onProblem(): void;
}

interface Member {
  pipe: Pipe;
  /** True once it has survived its start. */
  proved: boolean;
  cancelProof: Cancel;
}

/** One in use and one in reserve, because a usage error ends the process and loses the lines after it. */
const wanted = 2;
const provedAfterMs = 500;
const firstWaitMs = 100;
const longestWaitMs = 10_000;
const stderrLimit = 2_000;

export function keepHot(exec: Exec, clock: Clock, program: string, events: HotEvents): Hot {
  const members: Member[] = [];
  let lastEnd: string | null = null;
  let waitMs = firstWaitMs;
  let cancelRefill: Cancel | null = null;
  /** Counts applied commands: a process opened before the last one does not explain a failure now. */
  let successes = 0;
  let closed = false;

  const remove = (member: Member): boolean => {
    const at = members.indexOf(member);
    if (at !== -1) members.splice(at, 1);
    member.cancelProof();
    return at !== -1;
  };
  const open = (): void => {
    let stderr = '';
    const openedIn = successes;
    const member: Member = {
      pipe: { write() {}, close() {} },
      proved: false,
      cancelProof: clock.after(provedAfterMs, () => {
        member.proved = true;
        waitMs = firstWaitMs;
      }),
    };
    members.push(member);
    member.pipe = exec.open(program, ['-R'], {
      onStderr(text) {
        stderr = (stderr + text).slice(-stderrLimit);
        events.onProblem();
      },
      onExit(cause) {
        if (!remove(member)) return;
        if (openedIn === successes) lastEnd = stderr === '' ? cause : `${stderr}\n${cause}`;
        events.onProblem();
        refillLater();
      },
    });
  };
  const refill = (): void => {
    if (closed) return;
    for (let missing = wanted - members.length; missing > 0; missing -= 1) open();
  };
  const refillLater = (): void => {
    if (closed || cancelRefill !== null) return;
    cancelRefill = clock.after(waitMs, () => {
      cancelRefill = null;
      refill();
    });
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  };
  refill();

  return {
    write(lines) {
      const [member] = members;
      if (member === undefined) return null;
      member.pipe.write(lines);
      return () => {
        if (!remove(member)) return;
        member.pipe.close();
        events.onProblem();
        refillLater();
      };
    },
    works() {
      if (closed) return;
      lastEnd = null;
      successes += 1;
      waitMs = firstWaitMs;
      cancelRefill?.();
      cancelRefill = null;
      refill();
    },
    failure: () => (members.some(({ proved }) => proved) ? null : lastEnd),
    close() {
      closed = true;
      cancelRefill?.();
      for (const member of [...members]) {
        remove(member);
        member.pipe.close();
      }
    },
  };
}
