import type { Client } from './client.ts';
import { type HoldOptions, hold, holdLines } from './hold.ts';
import { type ExitCode, print, printJson, type Session } from './session.ts';

export async function disable(
  session: Session,
  client: Client,
  server: string,
  options: HoldOptions,
): Promise<ExitCode> {
  const set = await hold(session, client, 'disable', server, options);
  if (options.json) printJson(session, set);
  else print(session, holdLines(session, set));
  return 0;
}
