/** The machine that a command looks at or sets up, as ports: `system-host.ts` is the real one. */
import type { Exec } from '../../ports.ts';

/** Text files by absolute path, those of /proc too. */
export interface Files {
  /** null: not there, or not for us to read. */
  read(path: string): Promise<string | null>;
  exists(path: string): Promise<boolean>;
  /** Names, sorted; empty where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Makes its folder too. A reader never sees half of it, but under /proc. */
  write(path: string, text: string): Promise<void>;
  /** What is not there is removed already. */
  remove(path: string): Promise<void>;
}

export interface Host {
  readonly exec: Exec;
  readonly files: Files;
  readonly uid: number;
}

/** The folders of programs, those of a service manager's PATH and those of root's. */
const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Without running it: some load kernel modules before they read their arguments, as ipvsadm does. */
export async function hasProgram({ files }: Host, name: string): Promise<boolean> {
  for (const folder of programFolders) if (await files.exists(`${folder}/${name}`)) return true;
  return false;
}

const programTimeoutMs = 5_000;

/** What a program that only reads printed; null: it is not there, did not end, or failed. */
export async function output({ exec }: Host, file: string, args: readonly string[]): Promise<string | null> {
  const result = await exec.run(file, args, { timeoutMs: programTimeoutMs }).catch(() => null);
  return result?.exitCode === 0 ? result.stdout : null;
}

/** Runs a program that changes something. Rejects with its own words when it fails. */
export async function change({ exec }: Host, argv: readonly string[]): Promise<void> {
  const [file = '', ...args] = argv;
  const { exitCode, stdout, stderr } = await exec.run(file, args, { timeoutMs: programTimeoutMs });
  if (exitCode === 0) return;
  const said = (stderr || stdout)
    .trim()
    .split(/\s*\n\s*/)
    .slice(0, 3)
    .join('; ')
    .slice(0, 300);
  throw new Error(`\`${argv.join(' ')}\` failed: ${said || `exit ${exitCode}`}`);
}
