/** Every command as plain data: how it is called, what its help says, what runs. Nothing is loaded before it runs. */
import type { Client } from './client.ts';
import type { ReadConfig } from './config-report.ts';
import type { ProbeLocally } from './probe.ts';
import type { RunDaemon } from './run.ts';
import type { ExitCode, Session } from './session.ts';

/** The heavy parts of the program, loaded by whoever asks. */
export interface Parts {
  readonly runDaemon: RunDaemon;
  readonly readConfig: ReadConfig;
  readonly probeLocally: ProbeLocally;
  readonly jsonSchema: () => Promise<object>;
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
}

export interface Call {
  readonly session: Session;
  readonly parts: Parts;
  /** To the daemon that the options name; nothing is sent before it is asked. */
  readonly client: Client;
  readonly configFile: string;
  readonly options: Options;
  /** As many as the command's `args`; '' for an optional one that was not given. */
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
    name: 'schema',
    about: 'print the JSON Schema of the configuration, for editors',
    options: [['--json', 'print JSON, as it always does']],
    asks: false,
    examples: ['understudy schema > understudy.schema.json'],
    run: async ({ session, parts }) => (await import('./schema.ts')).schema(session, parts.jsonSchema),
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
];
