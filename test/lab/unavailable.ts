/** Why this machine cannot run the lab, and how its preparation tells what it does. */
import { type SpawnOptions, spawn } from 'node:child_process';

/** Thrown when this machine cannot run the lab; the message is one line that names the cause. */
export class LabUnavailable extends Error {
  override readonly name = 'LabUnavailable';
}

export type Report = (line: string) => void;

const LIMIT_MS = 600_000;

/** Runs a program of the host to its end; both its outputs, the last of them if there are many. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ status: number; output: string }> {
  const options: SpawnOptions = {
    cwd,
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options);
    let output = '';
    const keep = (bytes: Buffer): void => {
      output = (output + bytes.toString()).slice(-100_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('error', (error) => reject(new LabUnavailable(`${command}: ${error.message}`, { cause: error })));
    child.once('close', (code) => resolve({ status: code ?? 1, output }));
  });
}
