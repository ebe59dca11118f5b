/** The declared state beside the kernel, without a daemon. */
import { type CommandSpec, configOption, jsonOption, yesOption } from '../command.ts';

export const declaredStateCommands: readonly CommandSpec[] = [
  {
    name: 'plan',
    about: 'show what applying the configuration would change in IPVS and in the packet filter',
    options: [
      configOption,
      ['--check', 'exit with 1 when there is something to change'],
      ['--commands', 'only the commands, whole, as a shell takes them'],
      jsonOption,
    ],
    asks: false,
    notes: 'Changes nothing. Nobody is checked: swaps, drains and holds stay as they are found.',
    examples: ['understudy plan', 'understudy plan -c ./understudy.yaml --commands', 'understudy plan --check'],
    run: async ({ session, parts, configFile, options }) =>
      (await import('../plan.ts')).plan(session, parts, configFile, options),
  },
  {
    name: 'apply',
    about: 'make IPVS and the packet filter as the configuration says, where no daemon does',
    options: [configOption, yesOption, jsonOption],
    asks: false,
    notes: 'Shows the plan and asks. What fails half-way is taken back; what was cut short can be repeated.',
    examples: ['understudy apply', 'understudy apply -c ./understudy.yaml --yes'],
    run: async ({ session, parts, configFile, options }) =>
      (await import('../apply.ts')).apply(session, parts, configFile, options),
  },
  {
    name: 'clear',
    about: 'take away what is ours: virtual services, packet marks, sets; nothing else',
    options: [configOption, yesOption, jsonOption],
    asks: false,
    examples: ['understudy clear', 'understudy clear -c ./understudy.yaml --yes'],
    run: async ({ session, parts, configFile, options }) =>
      (await import('../clear.ts')).clear(session, parts, configFile, options),
  },
  {
    name: 'save',
    about: 'write what the configuration declares as files for ipvsadm and the packet filter, to load at boot',
    args: [['<DIR>', 'a folder; made if it is not there']],
    options: [configOption, ['--force', 'replace files that were changed, or that somebody else wrote'], jsonOption],
    asks: false,
    examples: ['understudy save /etc/understudy/boot'],
    run: async ({ session, parts, configFile, args, options }) =>
      (await import('../save.ts')).save(session, parts, args[0] ?? '', configFile, options),
  },
];
