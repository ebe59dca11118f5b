/** Hands on servers, incidents and clients. */
import { type CommandSpec, holdOptions, serverArg, serviceOption, whyOption } from '../command.ts';

export const orderCommands: readonly CommandSpec[] = [
  {
    name: 'drain',
    about: 'send no new viewers to a server and let its streams finish',
    args: [serverArg],
    options: [...holdOptions, ['--wait', 'wait for the last connection, even without a terminal']],
    asks: true,
    notes: 'On a terminal it shows the remaining connections; Ctrl-C stops watching, not the drain.',
    examples: ['understudy drain edge1 --for 2h --why "kernel update"', 'understudy drain edge1 --wait && reboot'],
    run: async ({ session, client, args, options }) =>
      (await import('../drain.ts')).drain(session, client, args[0] ?? '', options),
  },
  {
    name: 'disable',
    about: 'take a server out of its pools at once',
    args: [serverArg],
    options: holdOptions,
    asks: true,
    examples: ['understudy disable edge1 --why "broken disk"'],
    run: async ({ session, client, args, options }) =>
      (await import('../disable.ts')).disable(session, client, args[0] ?? '', options),
  },
  {
    name: 'enable',
    about: 'lift a drain or disable: the checks decide again',
    args: [serverArg],
    options: [whyOption],
    asks: true,
    notes: 'A pinned weight stays pinned: use `understudy unpin`.',
    examples: ['understudy enable edge1'],
    run: async ({ session, client, args, options }) =>
      (await import('../enable.ts')).enable(session, client, args[0] ?? '', options),
  },
  {
    name: 'pin',
    about: 'give a server this weight, whatever its load and the configuration say',
    args: [serverArg, ['<WEIGHT>', 'as the table has it: 1 to 65535, with HAProxy 1 to 256']],
    options: [
      serviceOption('each pool of which it is a member'),
      ['--for <DURATION>', 'how long, such as 30m or 2h (default: until unpinned)'],
      whyOption,
    ],
    asks: true,
    notes: [
      'The pin applies while the server gets viewers. A drain, an overload or a failure takes precedence; afterwards the pin',
      'applies again. With `balance`, the other servers are steered without it. `--service` also pins a stand-in.',
    ].join('\n'),
    examples: ['understudy pin edge1 30 --for 2h --why "half a machine"', 'understudy pin spare 50 --service playout'],
    run: async ({ session, client, args, options }) =>
      (await import('../pin.ts')).pin(session, client, args[0] ?? '', args[1] ?? '', options),
  },
  {
    name: 'unpin',
    about: 'lift a pinned weight: the configuration or the load decides again',
    args: [serverArg],
    options: [serviceOption('all in which it is pinned'), whyOption],
    asks: true,
    examples: ['understudy unpin edge1', 'understudy unpin edge1 --service playout'],
    run: async ({ session, client, args, options }) =>
      (await import('../pin.ts')).unpin(session, client, args[0] ?? '', options),
  },
  {
    name: 'ack',
    about: 'acknowledge the open incident of a server: no more reminders',
    args: [serverArg],
    options: [whyOption],
    asks: true,
    examples: ['understudy ack edge1 --why "disk is being changed"'],
    run: async ({ session, client, args, options }) =>
      (await import('../ack.ts')).ack(session, client, args[0] ?? '', options),
  },
  {
    name: 'client',
    about: 'manage which clients get which mark',
    args: [
      ['<set|unset|list|find>', 'what to do'],
      ['[CLIENT]', 'its address, or a network of clients: 192.168.7.21, 192.168.7.0/24, 2001:db8::/32'],
      ['[MARK]', 'with set: the mark of a virtual service'],
    ],
    options: [whyOption, ['--all', 'with list: every client of the configuration, however many']],
    asks: true,
    notes: [
      'The longest network that contains a client decides its mark. A mark that is set here overrides the configuration and',
      'survives restarts and reloads. `unset` removes it; if there is none, it hides the mark of the configuration.',
      'Streams that run stay where they are.',
    ].join('\n'),
    examples: [
      'understudy client set 192.168.7.21 2 --why "wants the new encoder"',
      'understudy client set 192.168.7.0/24 3',
      'understudy client find 192.168.7.21',
      'understudy client list --json',
    ],
    run: async ({ session, client, args, options }) =>
      (await import('../client-marks.ts')).clientMarks(session, client, args, options),
  },
];
