/** Every command as plain data: how it is called, what its help says, what runs. Nothing is loaded before it runs. */
import type { Client } from './client.ts';
import type { ReadConfig } from './config-report.ts';
import type { ProbeLocally } from './probe.ts';
import type { RunDaemon } from './run.ts';
import type { ExitCode, Session } from './session.ts';
import type { KernelParts } from './with-kernel.ts';

/** The heavy parts of the program, loaded by whoever asks. */
export interface Parts {
  readonly runDaemon: RunDaemon;
  readonly readConfig: ReadConfig;
  readonly probeLocally: ProbeLocally;
  /** null: without the plugins of any configuration. */
  readonly jsonSchema: (configFile: string | null) => Promise<object>;
  readonly openKernel: KernelParts['openKernel'];
}

/** All options of all commands; each has only those that it lists. */
export interface Options {
  readonly socket?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly wait?: boolean;
  readonly server?: string;
  readonly since?: string;
  readonly limit?: string;
  readonly for?: string;
  readonly why?: string;
  readonly all?: boolean;
  readonly check?: boolean;
  readonly commands?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly fix?: boolean;
  readonly vip?: readonly string[];
  readonly forward?: string;
  readonly port?: readonly string[];
  readonly output?: string;
  readonly hosts?: string;
  readonly once?: boolean;
  readonly bind?: string;
  readonly onlyFrom?: readonly string[];
  readonly measure?: string;
  readonly interface?: string;
  readonly diskPath?: readonly string[];
  readonly wcs?: string;
  readonly nginxRtmp?: string;
  readonly every?: string;
  readonly hold?: string;
  readonly withoutData?: string;
  readonly lastWord?: string;
  readonly linger?: string;
}

export interface Call {
  readonly session: Session;
  readonly parts: Parts;
  /** To the daemon that the options name; nothing is sent before it is asked. */
  readonly client: Client;
  readonly configFile: string;
  readonly options: Options;
  /** As many as the command's `args`, more if the last may be repeated; '' for an optional one that was not given. */
  readonly args: readonly string[];
}

export interface CommandSpec {
  readonly name: string;
  readonly about: string;
  /** `<NEEDED>` or `[OPTIONAL]`, and what it is. */
  readonly args?: readonly (readonly [string, string])[];
  readonly options?: readonly (readonly [string, string])[];
  /** It speaks to the daemon, and so can be told where that is. */
  readonly asks: boolean;
  readonly notes?: string;
  readonly examples: readonly string[];
  readonly run: (call: Call) => Promise<ExitCode>;
}

export const defaultConfigFile = '/etc/understudy/understudy.yaml';

const configOption = ['-c, --config <FILE>', `the configuration (default: ${defaultConfigFile})`] as const;
const jsonOption = ['--json', 'print JSON'] as const;
const yesOption = ['-y, --yes', 'do it without asking'] as const;
const whyOption = ['--why <TEXT>', 'a reason, for the others and the history'] as const;
const serverArg = ['<SERVER>', 'its name in the configuration'] as const;
const holdOptions = [
  ['--for <DURATION>', 'until then, such as 30m or 2h (default: until enabled)'],
  whyOption,
] as const;

export const commands: readonly CommandSpec[] = [
  {
    name: 'run',
    about: 'run the daemon in the foreground',
    options: [configOption],
    asks: false,
    examples: ['understudy run --config ./understudy.yaml'],
    run: async ({ parts, configFile }) => (await import('./run.ts')).run(parts.runDaemon, configFile),
  },
  {
    name: 'check-config',
    about: 'read a configuration and tell every problem of it',
    args: [['[FILE]', `the configuration (default: ${defaultConfigFile})`]],
    options: [configOption, ['--json', 'print JSON']],
    asks: false,
    examples: ['understudy check-config ./understudy.yaml'],
    run: async ({ session, parts, args, configFile, options }) =>
      (await import('./check-config.ts')).checkConfig(session, parts.readConfig, args[0] || configFile, options),
  },
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
      (await import('./plan.ts')).plan(session, parts, configFile, options),
  },
  {
    name: 'apply',
    about: 'make IPVS and the packet filter as the configuration says, where no daemon does',
    options: [configOption, yesOption, jsonOption],
    asks: false,
    notes: 'Shows the plan and asks. What fails half-way is taken back; what was cut short can be repeated.',
    examples: ['understudy apply', 'understudy apply -c ./understudy.yaml --yes'],
    run: async ({ session, parts, configFile, options }) =>
      (await import('./apply.ts')).apply(session, parts, configFile, options),
  },
  {
    name: 'clear',
    about: 'take away what is ours: virtual services, packet marks, sets; nothing else',
    options: [configOption, yesOption, jsonOption],
    asks: false,
    examples: ['understudy clear', 'understudy clear -c ./understudy.yaml --yes'],
    run: async ({ session, parts, configFile, options }) =>
      (await import('./clear.ts')).clear(session, parts, configFile, options),
  },
  {
    name: 'save',
    about: 'write what the configuration declares as files for ipvsadm and the packet filter, to load at boot',
    args: [['<DIR>', 'a folder; made if it is not there']],
    options: [configOption, ['--force', 'replace files that were changed, or that somebody else wrote'], jsonOption],
    asks: false,
    examples: ['understudy save /etc/understudy/boot'],
    run: async ({ session, parts, configFile, args, options }) =>
      (await import('./save.ts')).save(session, parts, args[0] ?? '', configFile, options),
  },
  {
    name: 'schema',
    about: 'print the JSON Schema of the configuration, for editors',
    options: [
      ['-c, --config <FILE>', 'with the types of the plugins that this configuration names'],
      ['--json', 'print JSON, as it always does'],
    ],
    asks: false,
    examples: ['understudy schema > understudy.schema.json', 'understudy schema -c understudy.yaml'],
    run: async ({ session, parts, options }) =>
      (await import('./schema.ts')).schema(session, parts.jsonSchema, options.config ?? null),
  },
  {
    name: 'import',
    about: "make a configuration of another program's files",
    args: [
      ['<KIND>', 'csv, mon, keepalived, ldirectord or haproxy'],
      ['<PATH>', 'its file, or the folder that has it'],
    ],
    options: [
      ['-o, --output <FILE>', 'write it there, further files beside it (default: stdout)'],
      ['--force', 'overwrite what is there'],
      ['--hosts <FILE>', 'addresses of host names, as in /etc/hosts (mon only)'],
    ],
    asks: false,
    notes: 'Each line that is not taken over, or means something else here, is told on stderr.',
    examples: [
      'understudy import csv ./cluster -o understudy.yaml',
      'understudy import mon /etc/mon/mon.cf --hosts /etc/hosts -o understudy.yaml',
      'understudy import keepalived /etc/keepalived/keepalived.conf > understudy.yaml',
    ],
    run: async ({ session, parts, args, options }) =>
      (await import('./import.ts')).importFrom(session, parts.readConfig, args[0] ?? '', args[1] ?? '', options),
  },
  {
    name: 'status',
    about: 'show the pools, the checks, what is held by hand, and open incidents',
    options: [['-w, --watch', 'keep it on the screen, live']],
    asks: true,
    examples: ['understudy status', 'understudy status --watch', 'understudy status --json | jq .incidents'],
    run: async ({ session, client, options }) =>
      options.watch
        ? (await import('./watch.ts')).watch(session, client, options)
        : (await import('./status.ts')).status(session, client, options),
  },
  {
    name: 'history',
    about: 'show status changes, table commands, mails and remarks, the newest last',
    options: [
      ['-s, --server <SERVER>', 'only of this server'],
      ['--since <WHEN>', 'a duration (1h, 2d) or a date (2026-11-21T04:00)'],
      ['-n, --limit <COUNT>', 'at most so many rows (default: 100)'],
    ],
    asks: true,
    examples: ['understudy history --since 1h', 'understudy history --server edge1 --limit 20'],
    run: async ({ session, client, options }) => (await import('./history.ts')).history(session, client, options),
  },
  {
    name: 'probe',
    about: 'run the checks of a server now and print the whole conversation',
    args: [serverArg, ['[MONITOR]', 'only this one']],
    asks: true,
    notes: 'Exits with 0 when every check says ok. Where no daemon runs, this process makes the checks.',
    examples: ['understudy probe edge1', 'understudy probe edge1 rtsp'],
    run: async ({ session, client, parts, configFile, args, options }) => {
      const { probe } = await import('./probe.ts');
      return probe(session, { client, configFile, ...parts }, args[0] ?? '', args[1] || null, options);
    },
  },
  {
    name: 'explain',
    about: 'tell why a server is in or out of each pool',
    args: [serverArg],
    asks: true,
    examples: ['understudy explain edge1'],
    run: async ({ session, client, args, options }) =>
      (await import('./explain.ts')).explain(session, client, args[0] ?? '', options),
  },
  {
    name: 'drain',
    about: 'send no new viewers to a server and let its streams finish',
    args: [serverArg],
    options: [...holdOptions, ['--wait', 'wait for the last connection, also where this is no terminal']],
    asks: true,
    notes: 'On a terminal it shows the connections going down; Ctrl-C ends the watching, not the draining.',
    examples: ['understudy drain edge1 --for 2h --why "kernel update"', 'understudy drain edge1 --wait && reboot'],
    run: async ({ session, client, args, options }) =>
      (await import('./drain.ts')).drain(session, client, args[0] ?? '', options),
  },
  {
    name: 'disable',
    about: 'take a server out of its pools at once',
    args: [serverArg],
    options: holdOptions,
    asks: true,
    examples: ['understudy disable edge1 --why "broken disk"'],
    run: async ({ session, client, args, options }) =>
      (await import('./disable.ts')).disable(session, client, args[0] ?? '', options),
  },
  {
    name: 'enable',
    about: 'lift the hold of drain or disable: the checks decide again',
    args: [serverArg],
    options: [whyOption],
    asks: true,
    examples: ['understudy enable edge1'],
    run: async ({ session, client, args, options }) =>
      (await import('./enable.ts')).enable(session, client, args[0] ?? '', options),
  },
  {
    name: 'ack',
    about: 'acknowledge the open incident of a server: no more reminders',
    args: [serverArg],
    options: [whyOption],
    asks: true,
    examples: ['understudy ack edge1 --why "disk is being changed"'],
    run: async ({ session, client, args, options }) =>
      (await import('./ack.ts')).ack(session, client, args[0] ?? '', options),
  },
  {
    name: 'client',
    about: 'say which clients get which mark: set, unset, list, find',
    args: [
      ['<set|unset|list|find>', 'what to do'],
      ['[CLIENT]', 'its address, or a network of clients: 192.168.7.21, 192.168.7.0/24, 2001:db8::/32'],
      ['[MARK]', 'with set: the mark of a virtual service'],
    ],
    options: [whyOption, ['--all', 'with list: every client of the configuration, however many']],
    asks: true,
    notes: [
      'The longest network that a client is in gives its mark. What is set goes before the configuration and outlives',
      'restarts and reloads; unset takes it back, or else takes away what the configuration says.',
      'Streams that run stay where they are.',
    ].join('\n'),
    examples: [
      'understudy client set 192.168.7.21 2 --why "wants the new encoder"',
      'understudy client set 192.168.7.0/24 3',
      'understudy client find 192.168.7.21',
      'understudy client list --json',
    ],
    run: async ({ session, client, args, options }) =>
      (await import('./client-marks.ts')).clientMarks(session, client, args, options),
  },
  {
    name: 'test-alert',
    about: 'send a test notice to everyone whom an alert tells',
    args: [['<NAME>', 'the alert, as the configuration calls it']],
    asks: true,
    examples: ['understudy test-alert oncall'],
    run: async ({ session, client, args, options }) =>
      (await import('./test-alert.ts')).testAlert(session, client, args[0] ?? '', options),
  },
  {
    name: 'reload',
    about: 'read the configuration again; one that is not wholly right changes nothing',
    asks: true,
    examples: ['understudy check-config && understudy reload'],
    run: async ({ session, client, options }) => (await import('./reload.ts')).reload(session, client, options),
  },
  {
    name: 'table',
    about: 'show the desired table beside the actual one',
    asks: true,
    examples: ['understudy table'],
    run: async ({ session, client, options }) => (await import('./table.ts')).table(session, client, options),
  },
  {
    name: 'backup',
    about: 'copy the database while the daemon works',
    args: [['<FILE>', 'in a folder that the daemon may write to']],
    asks: true,
    examples: ['understudy backup /var/lib/understudy/before-upgrade.db'],
    run: async ({ session, client, args, options }) =>
      (await import('./backup.ts')).backup(session, client, args[0] ?? '', options),
  },
  {
    name: 'doctor',
    about: 'check this director: kernel, settings, timeouts, addresses; and say what mends it',
    options: [configOption, ['--fix', 'set the kernel settings that are wrong, and say how to keep them'], jsonOption],
    asks: false,
    notes: 'Exits with 0 when nothing is bad. Without a configuration it checks what it can.',
    examples: ['understudy doctor', 'sudo understudy doctor --fix'],
    run: async ({ session, parts, options }) => {
      const { systemHost } = await import('../host/system-host.ts');
      return (await import('./doctor.ts')).doctor(
        session,
        { ...parts, host: systemHost(), defaultConfigFile },
        options,
      );
    },
  },
  {
    name: 'realserver',
    about: 'on a video server: set up, check or take away the address that viewers connect to',
    args: [['<WHAT>', 'plan, apply, check or remove']],
    options: [
      ['--vip <IP...>', 'the virtual address; may be repeated'],
      ['--forward <METHOD>', 'how the director forwards: dr or tun (default: dr)'],
      ['--port <PORT...>', 'check: a port that has to listen, such as 554, 554/tcp or 6970/udp; may be repeated'],
      yesOption,
      jsonOption,
    ],
    asks: false,
    notes:
      'plan and check change nothing. apply can be repeated; remove takes away what apply put there, and nothing else.',
    examples: [
      'understudy realserver plan --vip 10.10.3.30',
      'sudo understudy realserver apply --vip 10.10.3.30 --yes',
      'understudy realserver check --vip 10.10.3.30 --port 554 --port 1935',
    ],
    run: async ({ session, args, options }) => {
      const { systemHost } = await import('../host/system-host.ts');
      return (await import('./realserver.ts')).realserver(session, systemHost(), args[0] ?? '', options);
    },
  },
  {
    name: 'agent',
    about: "on a video server: answer HAProxy's agent-check and the director with its load",
    args: [
      ['[LIMIT...]', 'pairs such as cpu 90; of cpu, publishers, subscribers, hls, band-in, band-out, memory, disk'],
    ],
    options: [
      ['-c, --config <FILE>', 'limits and options from a file, in place of all below'],
      ['--once', 'print once what would be answered, and why, and end'],
      ['--only-from <NET...>', 'addresses and networks that may ask, or any (default: this machine)'],
      ['--bind <IP>', 'listen there (default: everywhere with --only-from, else 127.0.0.1)'],
      ['--port <PORT>', 'listen on this TCP port (default: 9707)'],
      ['--wcs <URL>', 'statistics of a Flashphoner WCS (default: http://127.0.0.1:8081/?action=stat&format=json)'],
      ['--nginx-rtmp <URL>', 'the rtmp_stat page of nginx-rtmp, in place of a WCS'],
      ['--measure <WHAT>', 'what cpu is: load5, load1 or busy (default: load5)'],
      ['--interface <NAME>', 'whose bandwidth counts (default: the one with the default route)'],
      ['--disk-path <PATH...>', 'file systems for disk (default: /)'],
      ['--every <DURATION>', 'how often the figures are read (default: 5s)'],
      ['--hold <DURATION>', 'so long the last answer stands while figures are missing (default: 30s)'],
      ['--without-data <down|hold>', 'what is answered after that (default: down)'],
      ['--last-word <ANSWER>', 'the answer at the stop, or none (default: "up 100%")'],
      ['--linger <DURATION>', 'so long the stop waits for everybody to hear it (default: 10s)'],
    ],
    asks: false,
    notes: [
      'Without limits: cpu 90, and 100 of publishers, subscribers, hls, band-in and band-out (Mbit/s).',
      'A limit that is reached three looks in a row answers `down`; three looks at 90 % of it or less, `up` again.',
    ].join('\n'),
    examples: [
      'understudy agent cpu 70 --only-from 10.10.3.5',
      'understudy agent cpu 90 publishers 100 subscribers 500 --only-from 10.10.3.0/24',
      'understudy agent --once cpu 90 band-out 900',
      'understudy agent --config /etc/understudy/agent.yaml',
    ],
    run: async ({ session, args, options }) => {
      const { agent } = await import('./agent.ts');
      return agent(
        session,
        args.filter((word) => word !== ''),
        options,
      );
    },
  },
];
