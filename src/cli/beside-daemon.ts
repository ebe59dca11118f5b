/** Daemons that keep the tables which a command is about: the one of its configuration, and those of others. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Status } from '../api/control.ts';
import type { Kernel } from '../apply/kernel.ts';
import { ownAddresses } from '../apply/ours.ts';
import type { Config } from '../config/config.ts';
import { serviceKey } from '../core/table.ts';
import { type Client, openClient, Refused } from './client.ts';
import { NoDaemon } from './session.ts';
import { socketName } from './socket-path.ts';

export interface Daemon {
  readonly client: Client;
  readonly status: Status;
}

const askMs = 5_000;

/** null: no daemon runs on this configuration's state. Throws when that cannot be told. */
export function askDaemon(config: Config): Promise<Daemon | null> {
  return askAt(socketOf(config));
}

/**
 * Two programs that write one table would undo each other. `instead` says what to do about the daemon of this very
 * configuration.
 */
export async function refuseBesideDaemon(config: Config, kernel: Kernel, instead: string): Promise<void> {
  if ((await askDaemon(config)) !== null)
    throw new Refused(`the daemon is running and keeps the tables in sync; ${instead}`);
  const [other] = await otherKeepers(config, kernel);
  if (other !== undefined) throw new Refused(`${other}: stop it first`);
}

/** Daemons with another state folder that keep what this configuration is about, one clause each. */
export async function otherKeepers(config: Config, kernel: Kernel): Promise<readonly string[]> {
  const paths = kernel.controlSockets(socketName).filter((path) => path !== socketOf(config));
  const found = await Promise.all(paths.map((path) => askAt(path)));
  return found.flatMap((daemon) => (daemon === null ? [] : keeps(config, daemon)));
}

function keeps(config: Config, { client, status }: Daemon): readonly string[] {
  const own = new Set<string>(ownAddresses(config).map(serviceKey));
  const shared = status.services.filter(({ balancer, key }) => balancer === 'ipvs' && own.has(key));
  // All marks of ours are in one table, or one chain: whoever applies takes away what others put there.
  const what = [...shared.map(({ key }) => key), ...(status.marks === null ? [] : ['the packet marks'])];
  if (what.length === 0) return [];
  const { pid, configFile } = status.director;
  const list = what.length === 1 ? what[0] : `${what.slice(0, -1).join(', ')} and ${what.at(-1)}`;
  return [
    `a daemon keeps ${list}: pid ${pid}, configuration ${configFile}, socket ${client.socketPath}; it would undo this`,
  ];
}

function socketOf({ director }: Config): string {
  return join(director.stateDir, socketName);
}

async function askAt(path: string): Promise<Daemon | null> {
  const client = openClient(path);
  try {
    const status = await client.get<Status | null>('/status', { timeoutMs: askMs });
    return isStatus(status) ? { client, status } : null;
  } catch (fault) {
    if (!(fault instanceof NoDaemon) || isShut(path)) throw fault;
    return null;
  }
}

/** Another program may answer where a daemon was looked for. */
function isStatus(value: Status | null): value is Status {
  return typeof value?.director?.pid === 'number' && Array.isArray(value.services) && value.marks !== undefined;
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
