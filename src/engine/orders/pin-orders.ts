/** Orders about pinned weights. Each is on disk before it is answered. */
import { type Orders, Refusal } from '../../api/control.ts';
import type { Config, VirtualServiceConfig } from '../../config/config.ts';
import type { Pin } from '../../core/model.ts';
import { entryKey } from '../../core/table.ts';
import { gainFor } from '../../core/weights/gain.ts';
import { weightRanges } from '../../core/weights/model.ts';
import { describePool, type PoolRecord } from '../../pools/pool-record.ts';
import { withReason } from '../../text.ts';
import { type OrderParts, unsaved } from './order-parts.ts';
import { knownServer } from './probe.ts';

export function createPinOrders(parts: OrderParts): Pick<Orders, 'pin' | 'unpin'> {
  const { clock, config, overrides, journal, steer } = parts;

  return {
    async pin(name, { weight, service, forMs, why, by }) {
      knownServer(config(), name);
      const services = service === null ? memberships(config(), name) : [serviceWith(config(), service, name)];
      for (const one of services) refuseUnlessFits(one, name, weight, steer.pools().get(one.name));
      const atMs = clock.wallMs();
      const untilMs = forMs === null ? null : atMs + forMs;
      const pins = services.map((one): Pin => ({ server: name, service: one.name, weight, atMs, untilMs, why, by }));
      change(parts, pins, 'pin', `pin to ${weight} in ${poolsOf(pins)} by ${by}${withReason(why)}`);
      await steer.settled();
      const notes = services.flatMap((one) => notesOn(one, name, steer.pools().get(one.name)));
      return { pins, notes, unsaved: unsaved(journal) };
    },

    async unpin(name, service, by, why) {
      knownServer(config(), name);
      const own = overrides.pinsOf(name);
      if (service !== null && !own.some((pin) => pin.service === service)) serviceWith(config(), service, name);
      const lifted = own.filter((pin) => service === null || pin.service === service);
      if (lifted.length > 0) change(parts, lifted, 'unpin', `unpin in ${poolsOf(lifted)} by ${by}${withReason(why)}`);
      await steer.settled();
      return { lifted, unsaved: unsaved(journal) };
    },
  };
}

/** Lifts the pins that have expired, including those whose pool is not in the configuration. */
export function liftExpiredPins(parts: OrderParts): void {
  for (const pin of parts.overrides.expired(parts.clock.wallMs()).pins) {
    change(parts, [pin], 'unpin', `pin to ${pin.weight} in ${pin.service} by ${pin.by} expired`);
  }
}

/** `pins`: all of one server. */
function change(parts: OrderParts, pins: readonly Pin[], kind: 'pin' | 'unpin', text: string): void {
  const { clock, log, overrides, steer, journal, changed } = parts;
  for (const pin of pins) {
    if (kind === 'pin') overrides.setPin(pin);
    else overrides.liftPin(pin);
  }
  const server = pins[0]?.server ?? '';
  const services = pins.map(({ service }) => service);
  steer.kick({ text: `${server}: ${text}`, server, incidentId: null, sinceMs: clock.monoMs() }, services);
  journal.write({
    pins: pins.map((pin) => ({ server, service: pin.service, pin: kind === 'pin' ? pin : null })),
    remarks: [{ atMs: clock.wallMs(), kind, server, text }],
  });
  log.info({ server }, text);
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

/** Why a pin may not have the effect that its operator expects, one line each. */
function notesOn({ name, scheduler }: VirtualServiceConfig, server: string, pool: PoolRecord | undefined) {
  const notes: string[] = [];
  const place = pool?.decision?.places.find((one) => one.server === server);
  if (pool?.problem != null) notes.push(`${name}: the table cannot be changed now: ${pool.problem.text}`);
  if ((place?.weight ?? 0) === 0) {
    notes.push(
      `${name}: gets no viewers now (${place?.reason ?? 'the table was not read yet'}); the pin applies when it does`,
    );
  }
  if (gainFor(scheduler) === null)
    notes.push(`${name}: the scheduler ${scheduler} does not share out new viewers by weight`);
  return notes;
}

function poolsOf(pins: readonly Pin[]): string {
  return pins.map(({ service }) => service).join(', ');
}
