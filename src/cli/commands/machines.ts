/** The machines: a director, a video server. */
import { type CommandSpec, configOption, defaultConfigFile, jsonOption, yesOption } from '../command.ts';

export const machineCommands: readonly CommandSpec[] = [
  {
    name: 'doctor',
    about: 'check this director (kernel, settings, timeouts, addresses) and print the fixes',
    options: [
      configOption,
      ['--fix', 'set the kernel settings that are wrong, and print how to make them permanent'],
      jsonOption,
    ],
    asks: false,
    notes: 'Exits with 0 if nothing is bad. Without a configuration it checks what it can.',
    examples: ['understudy doctor', 'sudo understudy doctor --fix'],
    run: async ({ session, parts, options }) => {
      const { systemHost } = await import('../../machine/host/system-host.ts');
      return (await import('../doctor.ts')).doctor(
        session,
        { ...parts, host: systemHost(), defaultConfigFile },
        options,
      );
    },
  },
  {
    name: 'realserver',
    about: 'on a video server: set up, check or remove the address that viewers connect to',
    args: [['<WHAT>', 'plan, apply, check or remove']],
    options: [
      ['--vip <IP...>', 'the virtual address; may be repeated'],
      ['--forward <METHOD>', 'how the director forwards: dr or tun (default: dr)'],
      ['--port <PORT...>', 'check: a port that must be listening, such as 554, 554/tcp or 6970/udp; may be repeated'],
      yesOption,
      jsonOption,
    ],
    asks: false,
    notes: 'plan and check change nothing. apply can be repeated; remove undoes apply, and nothing else.',
    examples: [
      'understudy realserver plan --vip 10.10.3.30',
      'sudo understudy realserver apply --vip 10.10.3.30 --yes',
      'understudy realserver check --vip 10.10.3.30 --port 554 --port 1935',
    ],
    run: async ({ session, args, options }) => {
      const { systemHost } = await import('../../machine/host/system-host.ts');
      return (await import('../realserver.ts')).realserver(session, systemHost(), args[0] ?? '', options);
    },
  },
  {
    name: 'agent',
    about: "on a video server: answer HAProxy's agent-check and the director with its load",
    args: [
      ['[LIMIT...]', 'pairs such as cpu 90; of cpu, publishers, subscribers, hls, band-in, band-out, memory, disk'],
    ],
    options: [
      ['-c, --config <FILE>', 'limits and options from a file, instead of those below'],
      ['--once', 'print what would be answered, and why, then exit'],
      [
        '--only-from <NET...>',
        'addresses and networks that may ask, with commas or repeated; or any (default: this machine)',
      ],
      ['--bind <IP>', 'listen on this address (default: all with --only-from, else 127.0.0.1)'],
      ['--port <PORT>', 'listen on this TCP port (default: 9707)'],
      ['--wcs <URL>', 'statistics of a Flashphoner WCS (default: http://127.0.0.1:8081/?action=stat&format=json)'],
      ['--nginx-rtmp <URL>', 'the rtmp_stat page of nginx-rtmp, instead of a WCS'],
      ['--measure <WHAT>', 'what cpu is: load5, load1 or busy (default: load5)'],
      ['--interface <NAME>', 'whose bandwidth counts (default: the one with the default route)'],
      ['--disk-path <PATH...>', 'a file system for disk; may be repeated (default: /)'],
      ['--every <DURATION>', 'how often the figures are read (default: 5s)'],
      ['--hold <DURATION>', 'how long the last answer is kept while figures are missing (default: 30s)'],
      ['--without-data <down|hold>', 'the answer after that (default: down)'],
      ['--last-word <ANSWER>', 'the answer when stopping, or none (default: "up 100%")'],
      ['--linger <DURATION>', 'how long stopping waits until everyone has read it (default: 10s)'],
    ],
    asks: false,
    notes: [
      'Without limits: cpu 90, and 100 of publishers, subscribers, hls, band-in and band-out (Mbit/s).',
      'A limit that is reached in three readings in a row gives `down`; three readings at 90 % of it or less give `up`.',
    ].join('\n'),
    examples: [
      'understudy agent cpu 70 --only-from 10.10.3.5',
      'understudy agent cpu 90 publishers 100 subscribers 500 --only-from 10.10.3.0/24',
      'understudy agent --once cpu 90 band-out 900',
      'understudy agent --config /etc/understudy/agent.yaml',
    ],
    run: async ({ session, args, options }) => {
      const { agent } = await import('../agent.ts');
      return agent(
        session,
        args.filter((word) => word !== ''),
        options,
      );
    },
  },
];
