import { resolve } from 'node:path';
import type { Client } from './client.ts';
import type { JsonOption } from './options.ts';
import { plain, toned } from './render/look.ts';
import { type ExitCode, print, printJson, type Session } from './session.ts';

const backupMs = 600_000;

/** The daemon writes the copy, with its own rights; a relative name is meant from here. */
export async function backup(session: Session, client: Client, file: string, options: JsonOption): Promise<ExitCode> {
  const request = { file: resolve(file) };
  const copy = await client.post<{ readonly file: string; readonly bytes: number }>('/backup', request, {
    timeoutMs: backupMs,
  });
  if (options.json) printJson(session, copy);
  else print(session, [[toned('good', `✔ ${copy.file}`), plain(`  ${(copy.bytes / 1024).toFixed(0)} KiB`)]]);
  return 0;
}
