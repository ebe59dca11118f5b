import type { Client } from './client.ts';
import type { JsonOption } from './options.ts';
import { plain, toned } from './render/look.ts';
import { count } from './render/words.ts';
import { type ExitCode, print, printJson, type Session } from './session.ts';

export async function testAlert(
  session: Session,
  client: Client,
  alert: string,
  options: JsonOption,
): Promise<ExitCode> {
  const answer = await client.post<{ readonly notices: number }>(`/alerts/${encodeURIComponent(alert)}/test`, {});
  if (options.json) {
    printJson(session, answer);
    return 0;
  }
  const sent = count(answer.notices, 'test notice');
  print(session, [
    [toned('good', `✔ ${alert}`), plain(`  ${sent} on the way; \`understudy history\` tells what became of it`)],
  ]);
  return 0;
}
