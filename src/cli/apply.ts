/** Makes the director as the configuration declares it, or leaves it as it was. */
import { type Applied, applyState, describeFailure } from '../apply/apply.ts';
import { changesNothing } from '../apply/plan.ts';
import { lookAtState } from '../apply/read.ts';
import { stepsOf } from '../apply/steps.ts';
import { confirm, needYes } from './ask.ts';
import { refuseBesideDaemon } from './beside-daemon.ts';
import { Refused } from './client.ts';
import type { JsonOption } from './options.ts';
import { planJson, printPlan } from './plan.ts';
import { clean, plain, toned } from './render/look.ts';
import { summaryLines } from './render/plan.ts';
import { type ExitCode, lookOf, print, printJson, type Session } from './session.ts';
import { type KernelParts, withKernel } from './with-kernel.ts';

export interface ApplyOptions extends JsonOption {
  readonly yes?: boolean;
}

export async function apply(
  session: Session,
  parts: KernelParts,
  file: string,
  options: ApplyOptions,
): Promise<ExitCode> {
  needYes(session, options);
  return withKernel(session, parts, file, async (config, kernel) => {
    await refuseBesideDaemon(config, kernel, '`understudy reload` makes it take the file over');
    const remembered = await kernel.remembered('owner');
    const look = await lookAtState(config, kernel, remembered);
    const steps = stepsOf(look, kernel);
    session.err.write(look.unseen.map((text) => `${clean(text)}\n`).join(''));
    if (changesNothing(look.plan)) {
      if (options.json) printJson(session, { ...planJson(look, steps), applied: true });
      else print(session, summaryLines(look.plan, lookOf(session)));
      return 0;
    }
    // Before the first word: a reader that goes away, as head(1) does, must not end it as if all were done.
    if (options.yes) session.interruption();
    if (!options.json) printPlan(session, config, look, steps);
    if (!options.yes && !(await confirm(session, 'Apply?'))) {
      session.err.write('nothing was changed\n');
      return 1;
    }
    const result = await applyState(config, kernel, remembered, look.plan, session.interruption());
    if (options.json) printJson(session, { ...planJson(look, steps), ...resultJson(result) });
    if (!result.done) throw new Refused(describeFailure(result));
    if (!options.json) print(session, [[toned('good', '✔ applied'), plain('  and read back: all is as declared')]]);
    return 0;
  });
}

function resultJson(result: Applied): object {
  return result.done
    ? { applied: true }
    : { applied: false, cause: result.cause, rolledBack: result.rolledBack, left: result.left };
}
