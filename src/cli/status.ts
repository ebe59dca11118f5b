import type { Status } from '../api/control.ts';
import type { Client } from './client.ts';
import type { JsonOption } from './options.ts';
import { statusLines } from './render/status.ts';
import { type ExitCode, lookOf, print, printJson, type Session } from './session.ts';

export async function status(session: Session, client: Client, options: JsonOption): Promise<ExitCode> {
  const now = await client.get<Status>('/status');
  if (options.json) printJson(session, now);
  else print(session, statusLines(now, lookOf(session)));
  return 0;
}
