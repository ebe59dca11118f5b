import type { ReloadResult } from '../api/control.ts';
import type { Client } from './client.ts';
import type { JsonOption } from './options.ts';
import { type Line, plain, toned } from './render/look.ts';
import { type ExitCode, print, printJson, type Session } from './session.ts';

const reloadMs = 60_000;

export async function reload(session: Session, client: Client, options: JsonOption): Promise<ExitCode> {
  const result = await client.post<ReloadResult>('/reload', {}, { timeoutMs: reloadMs });
  if (options.json) {
    printJson(session, result);
    return 0;
  }
  const { changed } = result;
  print(session, [
    [toned('good', '✔ reloaded'), plain(changed.length === 0 ? '  nothing changed' : '')],
    ...changed.map((text): Line => [plain(`  ${text}`)]),
    ...(result.warnings ?? []).map((text): Line => [toned('warn', `  ${text}`)]),
  ]);
  return 0;
}
