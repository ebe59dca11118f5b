/** Makes the changes, and rolls back if one fails. */

import { errorText } from '../../text.ts';
import { change, type Host, hasProgram } from '../host/host.ts';
import { writeSysctl } from '../host/sysctl.ts';
import { unitFile } from './kept-files.ts';
import { argvOf, differenceOf, type Step, undoing } from './steps.ts';

/** One line; `left` names what could not be rolled back. */
export class SetupFault extends Error {
  override readonly name = 'SetupFault';
  readonly left: readonly string[];
  constructor(message: string, left: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.left = left;
  }
}

/** `verify` returns how the host differs from the desired state after all steps; null: in sync. Rejects with SetupFault. */
export async function perform(host: Host, steps: readonly Step[], verify: () => Promise<string | null>): Promise<void> {
  const done: Step[] = [];
  try {
    for (const step of steps) {
      await take(host, step);
      done.unshift(step);
    }
    const differs = await verify();
    if (differs !== null) throw new Error(differs);
  } catch (cause) {
    const left = await takeBack(host, done);
    const why = errorText(cause);
    const outcome = left.length === 0 ? 'what was changed before is taken back' : 'not all could be taken back';
    throw new SetupFault(`${why}; ${outcome}`, left, { cause });
  }
}

/** Continues after a failure, to restore as much as possible. */
async function takeBack(host: Host, done: readonly Step[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const step of done) {
    const opposite = undoing(step);
    if (opposite === null) continue;
    try {
      await take(host, opposite);
    } catch (cause) {
      left.push(`${differenceOf(step).text}: ${errorText(cause)}`);
    }
  }
  return left;
}

async function take(host: Host, step: Step): Promise<void> {
  switch (step.op) {
    case 'set':
      return writeSysctl(host.files, step.name, step.to);
    case 'file':
      if (step.to === null) await host.files.remove(step.path);
      else await host.files.write(step.path, step.to);
      if (step.path === unitFile && (await hasProgram(host, 'systemctl'))) await reloadUnits(host);
      return;
    default:
      return change(host, argvOf(step) ?? []);
  }
}

/** systemd rereads units at its next start anyway, so a failure here is ignored. */
async function reloadUnits(host: Host): Promise<void> {
  await change(host, ['systemctl', 'daemon-reload']).catch(() => {});
}
