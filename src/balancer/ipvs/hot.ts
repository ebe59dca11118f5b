/** `ipvsadm -R` kept open: it does each line as it comes, 0.4 ms instead of the 3 ms and more of a new process. */
import type { Cancel, Clock, Exec, Pipe } from '../../ports.ts';

export interface Hot {
  /**
   * null: none is open. Else the way to end the one that took the lines, for when they do not show: it must not wake
   * up later and do them then.
   */
  write(lines: string): (() => void) | null;
  /** A command was done: forget the failures before, and open again without waiting for the back-off. */
  works(): void;
  /** The end of the last one, if none has proved itself since. */
  failure(): string | null;
  /** For good: nothing opens one again. */
  close(): void;
}

export interface HotEvents {
  /** One has printed an error or ended: lines may not have been done. */
  onProblem(): void;
}

interface Member {
  pipe: Pipe;
  /** Has lived long enough to be past its start. */
  proved: boolean;
  cancelProof: Cancel;
}

/** One in use and one in reserve, because a usage error ends it and takes the lines behind with it. */
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
  /** Counts commands done: an end that began before the last one is old news. */
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
