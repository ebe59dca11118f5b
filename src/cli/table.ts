import type { TableView } from '../api/control.ts';
import type { Client } from './client.ts';
import type { JsonOption } from './options.ts';
import { toned } from './render/look.ts';
import { tableLines } from './render/table.ts';
import { type ExitCode, lookOf, print, printJson, type Session } from './session.ts';

/** Fails when a table could not be read; a difference that is being made right is no failure. */
export async function table(session: Session, client: Client, options: JsonOption): Promise<ExitCode> {
  const views = await client.get<readonly TableView[]>('/table');
  if (options.json) printJson(session, views);
  else if (views.length > 0) print(session, tableLines(views, lookOf(session)));
  else print(session, [[toned('quiet', 'no virtual services are configured')]]);
  return views.some(({ problem }) => problem !== null) ? 1 : 0;
}
