/**
 * A command of the program, run by the scenario's own process: starting node costs seconds in an emulated machine.
 * What a person would see, and the exit status, are the same.
 */
import { main } from '../../../src/main.ts';
import { systemClock } from '../../../src/system/clock.ts';
import type { Outcome } from './program.ts';

type Parts = Parameters<typeof main>[2];

const parts: Parts = {
  runDaemon: () => Promise.reject(new Error('the daemon needs a process of its own')),
  probeLocally: async (...checked) => (await import('../../../src/daemon/daemon.ts')).probeLocally(...checked),
  readConfig: async (file) => (await import('../../../src/cli/read-config.ts')).readConfig(file, process.env),
  jsonSchema: async (file) => (await import('../../../src/cli/read-config.ts')).jsonSchema(file, process.env),
  openKernel: async (config) => (await import('../../../src/local.ts')).openKernel(config),
};

export async function runInProcess(args: readonly string[]): Promise<Outcome> {
  const said = { out: '', err: '' };
  const into = (which: 'out' | 'err') => ({
    write: (text: string): void => {
      said[which] += text;
    },
  });
  const status = await main(
    args,
    {
      out: into('out'),
      err: into('err'),
      env: process.env,
      clock: systemClock,
      by: 'lab',
      keyboard: null,
      interruption: () => new AbortController().signal,
    },
    parts,
  );
  return { status, stdout: said.out, stderr: said.err };
}
