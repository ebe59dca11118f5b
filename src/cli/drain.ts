/** No new viewers for a server; and, for those who want to see it, how the streams finish. */

import type { PlaceStatus, Status } from '../api/control.ts';
import type { Hold } from '../core/model.ts';
import type { Client } from './client.ts';
import { type HoldOptions, hold, holdLines } from './hold.ts';
import { type Line, paint, plain, toned } from './render/look.ts';
import { duration } from './render/time.ts';
import { bar, count } from './render/words.ts';
import { type ExitCode, lookOf, pause, print, printJson, type Session } from './session.ts';

export interface DrainOptions extends HoldOptions {
  readonly wait?: boolean;
}

const pollMs = 1000;
const barColumns = 20;

interface Drained {
  readonly result: 'drained' | 'interrupted' | 'lifted' | 'in no pool';
  readonly activeConns: number;
  readonly tookMs: number;
}

export async function drain(
  session: Session,
  client: Client,
  server: string,
  options: DrainOptions,
): Promise<ExitCode> {
  const set = await hold(session, client, 'drain', server, options);
  if (!options.json) print(session, holdLines(session, set));
  if (!options.wait && (options.json || !session.out.isTTY)) {
    if (options.json) printJson(session, set);
    return 0;
  }
  const drained = await follow(session, client, set, !options.json && session.out.isTTY === true);
  if (options.json) printJson(session, { hold: set, ...drained });
  else print(session, [endLine(server, drained)]);
  if (drained.result === 'interrupted') return options.wait ? 1 : 0;
  return drained.result === 'lifted' ? 1 : 0;
}

/** Until the last connection has ended, the hold is gone, or somebody interrupts; the hold itself stays in place. */
async function follow(session: Session, client: Client, set: Hold, show: boolean): Promise<Drained> {
  const interrupted = session.interruption();
  const startMs = session.clock.monoMs();
  let full = 0;
  let activeConns = 0;
  for (;;) {
    const status = await client.get<Status>('/status');
    const tookMs = session.clock.monoMs() - startMs;
    const places = placesOf(status, set.server);
    activeConns = places.reduce((sum, place) => sum + place.activeConns, 0);
    full = Math.max(full, activeConns);
    if (places.length === 0) return { result: 'in no pool', activeConns, tookMs };
    const held = status.servers.find(({ name }) => name === set.server)?.hold ?? null;
    if (held === null) return { result: 'lifted', activeConns, tookMs };
    const quiet = places.every(({ actualWeight }) => (actualWeight ?? 0) === 0);
    if (quiet && activeConns === 0) return { result: 'drained', activeConns, tookMs };
    if (show) showProgress(session, activeConns, full, tookMs);
    await pause(session, pollMs, interrupted);
    if (show) session.out.write('\r\x1b[K');
    if (interrupted.aborted) return { result: 'interrupted', activeConns, tookMs };
  }
}

function placesOf(status: Status, server: string): readonly PlaceStatus[] {
  return status.services.flatMap(({ places }) => places.filter((place) => place.server === server));
}

function showProgress(session: Session, activeConns: number, full: number, tookMs: number): void {
  const look = lookOf(session);
  const done = bar(full - activeConns, full, barColumns);
  const line: Line = [
    plain('  '),
    toned('good', done),
    toned('quiet', '░'.repeat(barColumns - done.length)),
    plain(`  ${activeConns} of ${full} active, ${duration(tookMs)}, Ctrl-C to stop watching`),
  ];
  // One column is left free: a full line would scroll in some terminals.
  session.out.write(paint(line, { ...look, width: look.width - 1 }));
}

function endLine(server: string, { result, activeConns, tookMs }: Drained): Line {
  const left = count(activeConns, 'active connection');
  switch (result) {
    case 'drained':
      return [toned('good', `✔ ${server}`), plain(`  no active connections left, after ${duration(tookMs)}`)];
    case 'interrupted':
      return [toned('warn', `◐ ${server}`), plain(`  stays drained, ${left} left`)];
    case 'lifted':
      return [toned('bad', `✖ ${server}`), plain(`  expected it to stay drained, got enabled; ${left}`)];
    case 'in no pool':
      return [toned('warn', `◐ ${server}`), plain('  is in no pool: there is nothing to drain')];
    default:
      return result satisfies never;
  }
}
