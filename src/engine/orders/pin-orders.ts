/** Hands on weights: pinned, let go, over when their time is; put on disk before they are answered. */

import { type Control, Refusal } from '../../api/control.ts';
import type { Config, VirtualServiceConfig } from '../../config/config.ts';
import type { Pin } from '../../core/model.ts';
import { entryKey } from '../../core/table.ts';
import { gainFor } from '../../core/weights/gain.ts';
import { weightRanges } from '../../core/weights/model.ts';
import type { Clock, Log } from '../../ports.ts';
import { withReason } from '../../text.ts';
import type { Journal } from '../journal.ts';
import { describePool, type PoolRecord } from '../steer/pool-record.ts';
import type { Reconciler } from '../steer/reconciler.ts';
import type { Pins } from './pins.ts';

export interface PinOrderParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: () => Config;
  readonly pins: Pins;
  /** Throws a Refusal for a name that no server has. */
  readonly server: (name: string) => unknown;
  readonly reconciler: Pick<Reconciler, 'pools' | 'kick' | 'settled'>;
  readonly journal: Pick<Journal, 'write' | 'flush' | 'problem'>;
  readonly changed: () => void;
}

type Parts = Pick<PinOrderParts, 'clock' | 'log' | 'pins' | 'reconciler' | 'journal' | 'changed'>;

export function createPinOrders(parts: PinOrderParts): Pick<Control, 'pin' | 'unpin'> {
  const { clock, config, pins, journal, reconciler, server } = parts;

  /** An order that was answered survives kill -9, or says that it would not. */
  function unsaved(): string | null {
    journal.flush();
    return journal.problem()?.text ?? null;
  }

  return {
    async pin(name, { weight, service, forMs, why, by }) {
      server(name);
      const services = service === null ? memberships(config(), name) : [serviceWith(config(), service, name)];
      for (const one of services) refuseUnlessFits(one, name, weight, reconciler.pools().get(one.name));
      const atMs = clock.wallMs();
      const untilMs = forMs === null ? null : atMs + forMs;
      const laid = services.map((one): Pin => ({ server: name, service: one.name, weight, atMs, untilMs, why, by }));
      change(parts, laid, 'pin', `pin to ${weight} in ${poolsOf(laid)} by ${by}${withReason(why)}`);
      await reconciler.settled();
      const notes = services.flatMap((one) => notesOn(one, name, reconciler.pools().get(one.name)));
      return { pins: laid, notes, unsaved: unsaved() };
    },

    async unpin(name, service, by, why) {
      server(name);
      const own = pins.of(name);
      if (service !== null && !own.some((pin) => pin.service === service)) serviceWith(config(), service, name);
      const lifted = own.filter((pin) => service === null || pin.service === service);
      if (lifted.length > 0) change(parts, lifted, 'unpin', `unpin in ${poolsOf(lifted)} by ${by}${withReason(why)}`);
      await reconciler.settled();
      return { lifted, unsaved: unsaved() };
    },
  };
}

/** Lets go what has been pinned for its time, also where it waits for its pool. */
export function unpinExpired(parts: Parts): void {
  const nowMs = parts.clock.wallMs();
  for (const pin of parts.pins.all()) {
    const { untilMs, weight, by } = pin;
    if (untilMs === null || untilMs > nowMs) continue;
    change(parts, [pin], 'unpin', `pin to ${weight} in ${pin.service} by ${by} is over`);
  }
}

/** All of one server. */
function change(
  { clock, log, pins, reconciler, journal, changed }: Parts,
  touched: readonly Pin[],
  kind: 'pin' | 'unpin',
  text: string,
): void {
  for (const pin of touched) {
    if (kind === 'pin') pins.set(pin);
    else pins.lift(pin);
  }
  const name = touched[0]?.server ?? '';
  const cause = { text: `${name}: ${text}`, server: name, incidentId: null, sinceMs: clock.monoMs() };
  reconciler.kick(
    cause,
    touched.map(({ service }) => service),
  );
  journal.write({
    pins: touched.map((pin) => ({ server: name, service: pin.service, pin: kind === 'pin' ? pin : null })),
    remarks: [{ atMs: clock.wallMs(), kind, server: name, text }],
  });
  log.info({ server: name }, text);
  changed();
}

function memberships({ services }: Config, server: string): readonly VirtualServiceConfig[] {
  const own = [...services.values()].filter(({ members }) => members.some((member) => member.server === server));
  if (own.length > 0) return own;
  const backed = [...services.values()].filter(({ members }) => members.some((m) => m.backups.includes(server)));
  const hint = backed.length === 0 ? '' : `; it stands in, in ${backed.map(({ name }) => name).join(', ')}: name one`;
  throw new Refusal(`expected a member of a pool, got \`${server}\`${hint}`);
}

function serviceWith({ services }: Config, service: string, server: string): VirtualServiceConfig {
  const found = services.get(service);
  if (found === undefined) {
    const names = [...services.keys()];
    const expected = names.length === 0 ? 'a virtual service, and there is none' : `one of ${names.join(', ')}`;
    throw new Refusal(`expected ${expected}, got \`${service}\``, true);
  }
  const { names } = describePool(found);
  if (!names.includes(server))
    throw new Refusal(`expected one of ${names.join(', ')} in ${service}, got \`${server}\``);
  return found;
}

function refuseUnlessFits(
  { name, balancer }: VirtualServiceConfig,
  server: string,
  weight: number,
  pool: PoolRecord | undefined,
): void {
  const { least, most } = weightRanges[balancer === 'haproxy' ? 'haproxy' : 'ipvs'];
  if (weight < least || weight > most) {
    const whose = balancer === 'haproxy' ? ' (HAProxy)' : '';
    throw new Refusal(`expected a weight from ${least} to ${most} in ${name}${whose}, got \`${weight}\``);
  }
  if (isSelfWeighed(pool, server)) {
    throw new Refusal(`the agent of ${server} tells HAProxy its weight in ${name}: a pin would not hold there`);
  }
}

function isSelfWeighed(pool: PoolRecord | undefined, server: string): boolean {
  const place = pool?.decision?.places.find((one) => one.server === server);
  return place !== undefined && pool?.actual?.selfWeighed?.has(entryKey(place)) === true;
}

/** What keeps a pin from what its hand may expect of it. */
function notesOn({ name, scheduler }: VirtualServiceConfig, server: string, pool: PoolRecord | undefined) {
  const notes: string[] = [];
  const place = pool?.decision?.places.find((one) => one.server === server);
  if (pool?.problem != null) notes.push(`${name}: the table cannot be changed now: ${pool.problem.text}`);
  if ((place?.weight ?? 0) === 0) {
    notes.push(`${name}: gets no viewers now (${place?.reason ?? 'the table was not read yet'}), pinned when it does`);
  }
  if (gainFor(scheduler) === null)
    notes.push(`${name}: a weight is no share of new viewers for the scheduler ${scheduler}`);
  return notes;
}

function poolsOf(pins: readonly Pin[]): string {
  return pins.map(({ service }) => service).join(', ');
}
