import type { Explanation } from '../api/control.ts';
import type { Client } from './client.ts';
import { type JsonOption, serverPath } from './options.ts';
import { explanationLines } from './render/explanation.ts';
import { type ExitCode, lookOf, print, printJson, type Session } from './session.ts';

export async function explain(
  session: Session,
  client: Client,
  server: string,
  options: JsonOption,
): Promise<ExitCode> {
  const explanation = await client.get<Explanation>(serverPath(server, 'explanation'));
  if (options.json) printJson(session, explanation);
  else print(session, explanationLines(explanation, session.clock.wallMs(), lookOf(session)));
  return 0;
}
