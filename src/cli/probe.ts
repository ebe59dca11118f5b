import type { ProbeResult } from '../api/control.ts';
import type { Config } from '../config/config.ts';
import type { Plugins } from '../config/typed.ts';
import { type Client, Refused } from './client.ts';
import type { ReadConfig } from './config-report.ts';
import { type JsonOption, serverPath } from './options.ts';
import { probeLines } from './render/probe.ts';
import { type ExitCode, lookOf, NoDaemon, print, printJson, type Session } from './session.ts';

/** Runs the checks of a server in this process. */
export type ProbeLocally = (
  config: Config,
  server: string,
  monitor: string | null,
  plugins?: Plugins,
) => Promise<readonly ProbeResult[]>;

export interface ProbeParts {
  readonly client: Client;
  readonly configFile: string;
  readonly readConfig: ReadConfig;
  readonly probeLocally: ProbeLocally;
}

/** A check may take its timeout, and a server has several. */
const probeMs = 120_000;

export async function probe(
  session: Session,
  parts: ProbeParts,
  server: string,
  monitor: string | null,
  options: JsonOption,
): Promise<ExitCode> {
  const results = await parts.client
    .post<readonly ProbeResult[]>(serverPath(server, 'probe'), monitor === null ? {} : { monitor }, {
      timeoutMs: probeMs,
    })
    .catch((fault: unknown) => {
      if (!(fault instanceof NoDaemon)) throw fault;
      if (!options.json) session.err.write('no daemon answers: checking from this process\n');
      return probeHere(parts, server, monitor);
    });
  if (options.json) printJson(session, results);
  else print(session, probeLines(results, lookOf(session)));
  return results.every(({ status }) => status === 'ok') ? 0 : 1;
}

async function probeHere(parts: ProbeParts, server: string, monitor: string | null): Promise<readonly ProbeResult[]> {
  const { config, problems, plugins } = await parts.readConfig(parts.configFile);
  if (config === null) throw new Refused(problems.join('\n'));
  return parts.probeLocally(config, server, monitor, plugins);
}
