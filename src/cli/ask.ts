/** A question to the person at the terminal. */
import { type Session, UsageError } from './session.ts';

/** Nobody sits there that long; what was shown is old by then. */
const patienceMs = 600_000;

export interface AskOptions {
  readonly yes?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Whoever cannot be asked must have said it beforehand. */
export function needYes(session: Session, { yes, json }: AskOptions): void {
  if (yes) return;
  if (json) throw new UsageError('--json needs --yes: it does not prompt');
  if (session.keyboard !== null && session.out.isTTY) return;
  throw new UsageError('expected --yes where nobody can be asked: this is no terminal');
}

/** Anything but y is no. */
export async function confirm(session: Session, question: string): Promise<boolean> {
  const { keyboard, out, clock } = session;
  if (keyboard === null) return false;
  out.write(`${question} [y/N] `);
  let end: (keys: Buffer) => void = () => {};
  let cancel = () => {};
  try {
    keyboard.setRawMode(true);
    const answer = await new Promise<string | null>((resolve) => {
      end = (keys) => resolve(keys.toString('latin1'));
      cancel = clock.after(patienceMs, () => resolve(null));
      keyboard.on('data', end);
      keyboard.resume();
    });
    const isYes = answer !== null && /^y/i.test(answer);
    out.write(isYes ? 'yes\n' : 'no\n');
    return isYes;
  } finally {
    cancel();
    keyboard.off('data', end);
    keyboard.setRawMode(false);
    keyboard.pause();
  }
}
