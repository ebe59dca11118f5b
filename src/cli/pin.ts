/** A hand on the weight of a server: laid, and let go. */

import type { Ordered, Pinned, PinRequest } from '../api/control.ts';
import type { Pin } from '../core/model.ts';
import type { Client } from './client.ts';
import type { WhyOptions } from './enable.ts';
import type { HoldOptions } from './hold.ts';
import { durationOption, serverPath } from './options.ts';
import { clean, type Line, plain, toned } from './render/look.ts';
import { pinText, unsavedLines } from './render/words.ts';
import { type ExitCode, lookOf, print, printJson, type Session, UsageError } from './session.ts';

interface ServiceOption {
  readonly service?: string;
}

/** The most that a table takes: ipvsadm(8). Tables that take less are known to the daemon. */
const heaviest = 65_535;

export async function pin(
  session: Session,
  client: Client,
  server: string,
  weightText: string,
  options: HoldOptions & ServiceOption,
): Promise<ExitCode> {
  const request: PinRequest = {
    weight: weightOf(weightText, server),
    service: options.service ?? null,
    forMs: durationOption('--for', options.for) ?? null,
    why: options.why ?? '',
    by: session.by,
  };
  const answer = await client.post<Ordered<Pinned>>(serverPath(server, 'pin'), request);
  if (options.json) printJson(session, answer);
  else {
    const { pins, notes, unsaved } = answer;
    const told = notes.map((text): Line => [toned('warn', `  ${clean(text)}`)]);
    print(session, [...pins.map((one) => pinLine(session, one, 'warn', '◆', '')), ...told, ...unsavedLines(unsaved)]);
  }
  return 0;
}

export async function unpin(
  session: Session,
  client: Client,
  server: string,
  options: WhyOptions & ServiceOption,
): Promise<ExitCode> {
  const request = { service: options.service ?? null, by: session.by, why: options.why ?? '' };
  const path = serverPath(server, 'unpin');
  const answer = await client.post<Ordered<{ readonly lifted: readonly Pin[] }>>(path, request);
  if (options.json) {
    printJson(session, answer);
    return 0;
  }
  const { lifted, unsaved } = answer;
  const lines =
    lifted.length === 0
      ? [[toned('good', `✔ ${server}`), plain('  was not pinned')]]
      : lifted.map((one) => pinLine(session, one, 'good', '✔', 'no longer '));
  print(session, [...lines, ...unsavedLines(unsaved)]);
  return 0;
}

function pinLine(session: Session, one: Pin, tone: 'good' | 'warn', glyph: string, verb: string): Line {
  const text = pinText(one, session.clock.wallMs(), lookOf(session));
  return [toned(tone, `${glyph} ${one.server}`), plain(`  ${verb}${text}`)];
}

function weightOf(text: string, server: string): number {
  const weight = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (weight >= 1 && weight <= heaviest) return weight;
  const instead = weight === 0 ? `: \`understudy drain ${server}\` sends it no new viewers` : '';
  throw new UsageError(`weight: expected a whole number from 1 to ${heaviest}, got \`${text}\`${instead}`);
}
