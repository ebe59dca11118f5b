/** What commands on the declared state share: the configuration, the director's tables, and whether a daemon keeps them. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Status } from '../http/api.ts';
import type { Kernel, OpenKernel } from '../state/kernel.ts';
import { type Client, openClient, Refused } from './client.ts';
import type { ReadConfig } from './config-report.ts';
import { count } from './render/words.ts';
import { type ExitCode, NoDaemon, type Session } from './session.ts';
import { socketName } from './socket-path.ts';

export interface KernelParts {
  readonly readConfig: ReadConfig;
  readonly openKernel: (...given: Parameters<OpenKernel>) => Promise<Kernel>;
}

export interface Daemon {
  readonly client: Client;
  readonly status: Status;
}

const askMs = 5_000;

/** A configuration that is not wholly right ends it with every problem of it, and nothing was looked at. */
export async function withKernel(
  session: Session,
  parts: KernelParts,
  file: string,
  use: (config: Config, kernel: Kernel) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { config, problems, warnings } = await parts.readConfig(file);
  // Whole lines, whatever the width: they are copied into editors and searched for.
  session.err.write([...problems, ...warnings.map((text) => `${text} (warning)`)].map((line) => `${line}\n`).join(''));
  if (config === null) {
    session.err.write(`${count(problems.length, 'problem')} in ${file}\n`);
    return 1;
  }
  const proxied = [...config.services.values()].filter(({ balancer }) => balancer === 'haproxy');
  if (proxied.length > 0) session.err.write(`${notKernel(proxied.map(({ name }) => name))}\n`);
  const kernel = await parts.openKernel(config, (text) => session.err.write(`${text}\n`));
  try {
    return await use(config, kernel);
  } finally {
    await kernel.close();
  }
}

function notKernel(names: readonly string[]): string {
  const which = `${names.length === 1 ? 'pool' : 'pools'} ${names.join(', ')}`;
  return `${which} of HAProxy: not part of the kernel, and left alone here: \`understudy table\` has what the daemon does`;
}

/** null: no daemon runs on this configuration's state. Throws when that cannot be told. */
export async function askDaemon(config: Config): Promise<Daemon | null> {
  const path = join(config.director.stateDir, socketName);
  const client = openClient(path);
  try {
    return { client, status: await client.get<Status>('/status', { timeoutMs: askMs }) };
  } catch (fault) {
    if (!(fault instanceof NoDaemon) || isShut(path)) throw fault;
    return null;
  }
}

/** Two hands on one table would take turns. `instead` says what to do. */
export async function refuseBesideDaemon(config: Config, instead: string): Promise<void> {
  if ((await askDaemon(config)) !== null) throw new Refused(`the daemon runs and keeps the tables right; ${instead}`);
}

/** A socket is there that we may not open. */
function isShut(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EACCES';
  }
}
