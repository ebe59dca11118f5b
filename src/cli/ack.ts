import type { IncidentStatus, Ordered } from '../api/control.ts';
import type { Client } from './client.ts';
import type { WhyOptions } from './enable.ts';
import { serverPath } from './options.ts';
import { plain, toned } from './render/look.ts';
import { duration } from './render/time.ts';
import { unsavedLines } from './render/words.ts';
import { type ExitCode, print, printJson, type Session } from './session.ts';

export async function ack(session: Session, client: Client, server: string, options: WhyOptions): Promise<ExitCode> {
  const request = { by: session.by, why: options.why ?? '' };
  const incident = await client.post<Ordered<IncidentStatus>>(serverPath(server, 'ack'), request);
  if (options.json) {
    printJson(session, incident);
    return 0;
  }
  const age = duration(session.clock.wallMs() - incident.openedMs);
  const text = `  acknowledged by ${session.by}: ${incident.summary}, open for ${age} (${incident.id})`;
  print(session, [[toned('good', `✔ ${server}`), plain(text)], ...unsavedLines(incident.unsaved)]);
  return 0;
}
