/** What a command is: how it is called, what its help says, what runs. */
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
  readonly service?: string;
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
  /** `<VALUE...>`: may be given more than once, and is a list. */
  readonly options?: readonly (readonly [string, string])[];
  /** It speaks to the daemon, and so can be told where that is. */
  readonly asks: boolean;
  readonly notes?: string;
  readonly examples: readonly string[];
  readonly run: (call: Call) => Promise<ExitCode>;
}

export const defaultConfigFile = '/etc/understudy/understudy.yaml';

export const configOption = ['-c, --config <FILE>', `the configuration (default: ${defaultConfigFile})`] as const;
export const jsonOption = ['--json', 'print JSON'] as const;
export const yesOption = ['-y, --yes', 'do it without asking'] as const;
export const whyOption = ['--why <TEXT>', 'a reason, for colleagues and the history'] as const;
export const serverArg = ['<SERVER>', 'its name in the configuration'] as const;
export const serviceOption = (rest: string) => ['--service <NAME>', `only in this pool (default: ${rest})`] as const;
export const holdOptions = [
  ['--for <DURATION>', 'how long, such as 30m or 2h (default: until enabled)'],
  whyOption,
] as const;
