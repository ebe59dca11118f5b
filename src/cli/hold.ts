/** A hand on a server, as `drain` and `disable` lay it and `enable` lifts it. */

import type { HoldRequest, Ordered } from '../api/control.ts';
import type { Hold } from '../core/model.ts';
import type { Client } from './client.ts';
import { durationOption, type JsonOption, serverPath } from './options.ts';
import { type Line, plain, toned } from './render/look.ts';
import { holdText, unsavedLines } from './render/words.ts';
import { lookOf, type Session } from './session.ts';

export interface HoldOptions extends JsonOption {
  readonly for?: string;
  readonly why?: string;
}

export function hold(
  session: Session,
  client: Client,
  kind: HoldRequest['kind'],
  server: string,
  options: HoldOptions,
): Promise<Ordered<Hold>> {
  const forMs = durationOption('--for', options.for) ?? null;
  const request: HoldRequest = { kind, forMs, why: options.why ?? '', by: session.by };
  return client.post<Ordered<Hold>>(serverPath(server, 'hold'), request);
}

export function holdLines(session: Session, set: Ordered<Hold>): Line[] {
  const glyph = set.kind === 'drain' ? '◐' : '○';
  const text = plain(`  ${holdText(set, session.clock.wallMs(), lookOf(session))}`);
  return [[toned('warn', `${glyph} ${set.server}`), text], ...unsavedLines(set.unsaved)];
}
