/** Where the control socket is: told, or in the environment, or beside the state that the configuration names. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from './session.ts';

export const defaultStateDir = '/var/lib/understudy';
export const socketName = 'control.sock';

export interface SocketOptions {
  readonly socket?: string;
  readonly config?: string;
}

export function socketPath(options: SocketOptions, env: NodeJS.ProcessEnv): string {
  const told = options.socket ?? (options.config === undefined ? env['UNDERSTUDY_SOCKET'] : undefined);
  if (told) return told;
  if (options.config === undefined) return join(defaultStateDir, socketName);
  // A relative folder starts at the configuration's, as it does for the daemon.
  const state = stateDirIn(readText(options.config), env) ?? defaultStateDir;
  return join(resolve(dirname(options.config), state), socketName);
}

/** `director.state` of a configuration that may be wrong elsewhere: asking a daemon must work while a file is being edited. */
export function stateDirIn(yaml: string, env: NodeJS.ProcessEnv): string | null {
  const director = /^director:[ \t]*(.*(?:\r?\n(?:[ \t]+.*|#.*|))*)/m.exec(yaml)?.[1] ?? '';
  const state = /(?:^|[\s{,])state:[ \t]*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s#,}]+))/.exec(
    director.replace(/(^|\s)#.*$/gm, ''),
  );
  const text = state?.[1] ?? state?.[2] ?? state?.[3];
  return text?.replace(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole) ?? null;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (fault) {
    throw new UsageError(`${file}: expected a configuration to read, got ${(fault as NodeJS.ErrnoException).code}`);
  }
}
