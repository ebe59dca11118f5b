/** Takes away what is ours, and nothing else. */

import { type Cleared, type ClearPlan, clearState, clearsNothing, planClear } from '../apply/clear.ts';
import { isPathMark } from '../apply/ours.ts';
import { serviceKey } from '../core/table.ts';
import { confirm, needYes } from './ask.ts';
import { refuseBesideDaemon } from './beside-daemon.ts';
import { Refused } from './client.ts';
import type { JsonOption } from './options.ts';
import { clean, type Line, plain, toned } from './render/look.ts';
import { fewOf } from './render/plan.ts';
import { count } from './render/words.ts';
import { type ExitCode, print, printJson, type Session } from './session.ts';
import { type KernelParts, withKernel } from './with-kernel.ts';

export interface ClearOptions extends JsonOption {
  readonly yes?: boolean;
}

export async function clear(
  session: Session,
  parts: KernelParts,
  file: string,
  options: ClearOptions,
): Promise<ExitCode> {
  needYes(session, options);
  return withKernel(session, parts, file, async (config, kernel) => {
    await refuseBesideDaemon(config, kernel, 'it would put all back: stop it first');
    const plan = await planClear(config, kernel);
    session.err.write(plan.unseen.map((text) => `${clean(text)}\n`).join(''));
    // Before the first word: a reader that goes away, as head(1) does, must not end it as if all were done.
    if (options.yes) session.interruption();
    if (!options.json && !clearsNothing(plan)) print(session, planLines(plan));
    if (!clearsNothing(plan) && !options.yes && !(await confirm(session, 'Take these away?'))) {
      session.err.write('nothing was changed\n');
      return 1;
    }
    session.interruption();
    const cleared = await clearState(plan, kernel);
    if (options.json) printJson(session, { ...cleared, unseen: plan.unseen });
    else print(session, clearedLines(cleared));
    if (cleared.failed !== null) throw new Refused(`not all was taken away: ${cleared.failed}`);
    return plan.unseen.length === 0 ? 0 : 1;
  });
}

function planLines({ services, marks }: ClearPlan): Line[] {
  const declared = services.filter(({ at }) => !isPathMark(at));
  const paths = services.length - declared.length;
  const rules = marks.flatMap(({ kind, rules }) => fewOf(rules).map(({ text }) => `${kind}: ${text}`));
  return [
    ...declared.map(({ at, servers }) => `virtual service ${serviceKey(at)} with ${count(servers, 'real server')}`),
    ...(paths === 0 ? [] : [`${count(paths, 'private service')} of VIP paths`]),
    ...rules,
  ].map((text): Line => [toned('bad', '-'), plain(`  ${text}`)]);
}

/** Nothing was done to them, and there may be thousands. */
const shownOthers = 12;

function clearedLines({ took, failed, left }: Cleared): Line[] {
  const more = left.length - shownOthers;
  const none: Line[] = failed === null ? [[toned('good', '✔ nothing of ours was there')]] : [];
  return [
    ...(took.length === 0 ? none : [[toned('good', '✔ took away')]]),
    ...took.map((text): Line => [plain(`    ${text}`)]),
    ...(left.length === 0 ? [] : [[toned('quiet', '  left as it is')]]),
    ...left.slice(0, shownOthers).map((text): Line => [toned('quiet', `    ${text}`)]),
    ...(more > 0 ? [[toned('quiet', `    and ${more} more: --json has all`)]] : []),
  ];
}
