/** The machine that a command inspects or sets up, as ports; `system-host.ts` is the real one. */
import type { Exec } from '../../ports.ts';

/** Text files by absolute path, those of /proc too. */
export interface Files {
  /** null: missing, or not readable for us. */
  read(path: string): Promise<string | null>;
  exists(path: string): Promise<boolean>;
  /** Sorted names; empty if there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Creates the folder too. Atomic for readers, except under /proc. */
  write(path: string, text: string): Promise<void>;
  /** Succeeds if the file is missing. */
  remove(path: string): Promise<void>;
}

export interface Host {
  readonly exec: Exec;
  readonly files: Files;
  readonly uid: number;
}

/** Folders of programs: those in a service manager's PATH and in root's. */
const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Looks without running: some programs, such as ipvsadm, load kernel modules before they read their arguments. */
export async function hasProgram({ files }: Host, name: string): Promise<boolean> {
  for (const folder of programFolders) if (await files.exists(`${folder}/${name}`)) return true;
  return false;
}

const programTimeoutMs = 5_000;

/** The output of a read-only program; null: it is missing, did not end, or failed. */
export async function output({ exec }: Host, file: string, args: readonly string[]): Promise<string | null> {
  const result = await exec.run(file, args, { timeoutMs: programTimeoutMs }).catch(() => null);
  return result?.exitCode === 0 ? result.stdout : null;
}

/** Runs a program that changes something. Rejects with the program's own message if it fails. */
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
