/** The declared state beside the kernel, without a daemon. */
import { type CommandSpec, configOption, jsonOption, yesOption } from '../command.ts';

export const declaredStateCommands: readonly CommandSpec[] = [
  {
    name: 'plan',
    about: 'show what applying the configuration would change in IPVS and in the packet filter',
    options: [
      configOption,
      ['--check', 'exit with 1 if there is something to change'],
      ['--commands', 'print only the commands, as shell input'],
      jsonOption,
    ],
    asks: false,
    notes: 'Changes nothing and runs no checks: existing swaps, drains and holds are kept.',
    examples: ['understudy plan', 'understudy plan -c ./understudy.yaml --commands', 'understudy plan --check'],
    run: async ({ session, parts, configFile, options }) =>
      (await import('../plan.ts')).plan(session, parts, configFile, options),
  },
  {
    name: 'apply',
    about: 'bring IPVS and the packet filter in sync with the configuration, without a daemon',
    options: [configOption, yesOption, jsonOption],
    asks: false,
    notes: 'Shows the plan and asks. A failure is rolled back; an interrupted apply can be repeated.',
    examples: ['understudy apply', 'understudy apply -c ./understudy.yaml --yes'],
    run: async ({ session, parts, configFile, options }) =>
      (await import('../apply.ts')).apply(session, parts, configFile, options),
  },
  {
    name: 'clear',
    about: 'remove everything of ours: virtual services, packet marks, sets; nothing else',
    options: [configOption, yesOption, jsonOption],
    asks: false,
    examples: ['understudy clear', 'understudy clear -c ./understudy.yaml --yes'],
    run: async ({ session, parts, configFile, options }) =>
      (await import('../clear.ts')).clear(session, parts, configFile, options),
  },
  {
    name: 'save',
    about: 'write the declared state as files that ipvsadm and the packet filter load at boot',
    args: [['<DIR>', 'a folder; made if it is not there']],
    options: [configOption, ['--force', 'replace files that were changed, or that somebody else wrote'], jsonOption],
    asks: false,
    examples: ['understudy save /etc/understudy/boot'],
    run: async ({ session, parts, configFile, args, options }) =>
      (await import('../save.ts')).save(session, parts, args[0] ?? '', configFile, options),
  },
];
