/** The daemon itself; what it does is not the command line's business. */
import type { ExitCode } from './session.ts';

export type RunDaemon = (options: { readonly configFile: string }) => Promise<number>;

export async function run(runDaemon: RunDaemon, configFile: string): Promise<ExitCode> {
  const code = await runDaemon({ configFile });
  return code === 0 || code === 2 ? code : 1;
}
