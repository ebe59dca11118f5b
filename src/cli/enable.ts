import type { Ordered } from '../api/control.ts';
import type { Hold } from '../core/model.ts';
import type { Client } from './client.ts';
import { type JsonOption, serverPath } from './options.ts';
import { plain, toned } from './render/look.ts';
import { holdText, unsavedLines } from './render/words.ts';
import { type ExitCode, lookOf, print, printJson, type Session } from './session.ts';

export interface WhyOptions extends JsonOption {
  readonly why?: string;
}

export async function enable(session: Session, client: Client, server: string, options: WhyOptions): Promise<ExitCode> {
  const request = { by: session.by, why: options.why ?? '' };
  const answer = await client.post<Ordered<{ readonly lifted: Hold | null }>>(serverPath(server, 'enable'), request);
  if (options.json) {
    printJson(session, answer);
    return 0;
  }
  const { lifted, unsaved } = answer;
  const was =
    lifted === null ? 'was not held' : `no longer ${holdText(lifted, session.clock.wallMs(), lookOf(session))}`;
  print(session, [[toned('good', `✔ ${server}`), plain(`  ${was}`)], ...unsavedLines(unsaved)]);
  return 0;
}
