/** What would change if the configuration were applied now. Changes nothing. */

import type { Kernel } from '../apply/kernel.ts';
import { changesNothing } from '../apply/plan.ts';
import { lookAtState, type Look as StateLook } from '../apply/read.ts';
import { shellScript, stepsOf } from '../apply/steps.ts';
import type { Script } from '../classify/packet-filter.ts';
import type { Config } from '../config/config.ts';
import { errorText } from '../text.ts';
import { otherKeepers } from './beside-daemon.ts';
import type { JsonOption } from './options.ts';
import { rememberedNow } from './remembered.ts';
import { clean, toned } from './render/look.ts';
import { type Names, planLines, summaryLines } from './render/plan.ts';
import { count } from './render/words.ts';
import { type ExitCode, lookOf, print, printJson, type Session } from './session.ts';
import { type KernelParts, withKernel } from './with-kernel.ts';

export interface PlanOptions extends JsonOption {
  readonly check?: boolean;
  readonly commands?: boolean;
}

const besideDaemon =
  'the daemon runs, and goes by what it sees of the servers, which this plan does not know: `understudy table`\n';

/** Lines of a file that a screen shows; a client is a line, and there may be 100,000. */
const shownLines = 12;

export function plan(session: Session, parts: KernelParts, file: string, options: PlanOptions): Promise<ExitCode> {
  return withKernel(session, parts, file, async (config, kernel) => {
    const remembered = await rememberedNow(config, kernel);
    const look = await lookAtState(config, kernel, remembered);
    const steps = stepsOf(look, kernel);
    session.err.write(look.unseen.map((text) => `${clean(text)}\n`).join(''));
    if (remembered.daemon) session.err.write(besideDaemon);
    else session.err.write((await keepersOf(config, kernel)).map((text) => `${clean(text)}\n`).join(''));
    if (options.json) printJson(session, planJson(look, steps));
    else if (options.commands) session.out.write(shellScript(steps));
    else printPlan(session, config, look, steps);
    return options.check && !changesNothing(look.plan) ? 1 : 0;
  });
}

/** What cannot be told is no reason to show no plan. */
async function keepersOf(config: Config, kernel: Kernel): Promise<readonly string[]> {
  try {
    return await otherKeepers(config, kernel);
  } catch (fault) {
    return [errorText(fault)];
  }
}

export function printPlan(session: Session, config: Config, look: StateLook, steps: Script): void {
  print(session, planLines(look.plan, look.filter?.kind ?? null, namesOf(config), lookOf(session)));
  if (steps.commands.length > 0) {
    print(session, [[toned('strong', 'commands')]]);
    // Whole lines, whatever the width: they are copied.
    session.out.write(steps.commands.map((command) => `  ${clean(command)}\n`).join(''));
    for (const { name, content } of steps.files) session.out.write(excerpt(name, content));
    print(session, [[]]);
  }
  print(session, summaryLines(look.plan, lookOf(session)));
}

function excerpt(name: string, content: string): string {
  const lines = content.replace(/\n$/, '').split('\n');
  const shown = lines.slice(0, shownLines).map((line) => `    ${clean(line)}\n`);
  const rest = lines.length - shown.length;
  const more = rest > 0 ? `    and ${count(rest, 'more line')}: understudy plan --commands\n` : '';
  return `\n  ${name}, ${count(lines.length, 'line')}\n${shown.join('')}${more}`;
}

export function planJson({ plan, filter }: StateLook, steps: Script): object {
  return {
    changes: !changesNothing(plan),
    services: plan.services.map(({ key, name, isPrivate, action, commands, notes }) => ({
      key,
      name,
      private: isPrivate,
      action,
      commands,
      notes,
    })),
    marks: { backend: filter?.kind ?? null, differences: plan.marks },
    leftovers: plan.leftovers,
    others: plan.others,
    commands: steps.commands,
    files: steps.files,
  };
}

function namesOf({ servers }: Config): Names {
  return new Map([...servers.values()].map(({ name, address }) => [address, name]));
}
