/**
 * Dynamic weights of the pools that have `balance`: the controller of core/weights runs once in each tick, and its
 * weights go into each decision. It never delays a decision: who is pooled is decided without it, and a fault in it
 * leaves the weights unchanged.
 */

import type { OwnProblem } from '../../api/control.ts';
import type { VirtualServiceConfig } from '../../config/config.ts';
import type { Pins } from '../../core/pins.ts';
import type { PoolDecision, PoolMemory } from '../../core/pool.ts';
import {
  noWeights,
  type Term,
  type Weighing,
  type WeightMemory,
  type WeightSettings,
} from '../../core/weights/model.ts';
import { isReseated, loadsOf, seatNewcomers, withWeights } from '../../core/weights/pool-weights.ts';
import { stepWeights } from '../../core/weights/step.ts';
import type { PoolRecord } from '../../pools/pool-record.ts';
import { weightSettings } from '../../pools/weight-settings.ts';
import type { Cancel, Clock, Log } from '../../ports.ts';
import { errorText } from '../../text.ts';
import type { Cause } from './causes.ts';

export interface PoolWeights {
  readonly dryRun: boolean;
  /** Of the servers that get viewers and are weighed. */
  readonly weights: ReadonlyMap<string, ServerWeight>;
}

export interface ServerWeight extends Pick<Weighing, 'weight' | 'multiplier' | 'why'> {
  /** The configured weight, in the scale of the controller. */
  readonly base: number;
}

export interface Weigher {
  set(services: Iterable<VirtualServiceConfig>): void;
  /** The decision with the controller's weights; `before`: the pool's memory before it. */
  weighed(pool: PoolRecord, decision: PoolDecision, before: PoolMemory | null): PoolDecision;
  /** null: the pool's weights are as configured. */
  weightsOf(service: string): PoolWeights | null;
  /** Pools that are too small, so that no further weights are lowered. */
  problems(): readonly OwnProblem[];
  /** Leaves the weights unchanged. */
  stop(): void;
}

export interface WeigherOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly terms: (server: string, by: readonly string[]) => readonly Term[];
  readonly pool: (service: string) => PoolRecord | undefined;
  /** Pinned weights, which the controller does not move. */
  readonly pins: (service: string) => Pins;
  /** Writes the weights of a service. */
  readonly kick: (cause: Cause, service: string) => void;
}

interface Weighed {
  readonly name: string;
  by: readonly string[];
  settings: WeightSettings;
  memory: WeightMemory;
  readonly last: Map<string, Weighing>;
  /** Monotonic ms until which newcomers get their full weight: the pool was empty when it was first seen. */
  openUntilMs: number;
  /** Wall time; null: no panic. */
  panicSinceMs: number | null;
  fault: string | null;
  cancel: Cancel;
}

export function createWeigher({ clock, log, terms, pool: poolOf, pins, kick }: WeigherOptions): Weigher {
  const pools = new Map<string, Weighed>();
  let stopped = false;

  function beat(one: Weighed, dueMs: number): void {
    if (stopped) return;
    one.cancel = clock.after(Math.max(0, dueMs - clock.monoMs()), () => {
      tick(one);
      const { measureMs } = one.settings;
      // A missed tick is skipped.
      beat(one, Math.max(dueMs + measureMs, clock.monoMs() + measureMs / 2));
    });
  }

  /** Skips while the table cannot be written: the controller would learn from weights that are not in effect. */
  function tick(one: Weighed): void {
    const pool = poolOf(one.name);
    const decision = pool?.decision ?? null;
    if (pool === undefined || decision === null || pool.problem !== null || one.memory.actedMs === null) return;
    const step = guarded(one, () => {
      const scene = { ...pool, decision, pins: pins(one.name) };
      const loads = loadsOf(scene, one.memory, null, false, (server) => terms(server, one.by));
      return stepWeights(one.memory, loads, one.settings, clock.monoMs());
    });
    if (step === null) return;
    one.memory = step.memory;
    note(one, step.weights);
    const text = panicText(one.name);
    if (step.overloadPanic && one.panicSinceMs === null) log.warn({ service: one.name }, text);
    one.panicSinceMs = step.overloadPanic ? (one.panicSinceMs ?? clock.wallMs()) : null;
    for (const [server, weighing] of step.weights) if (weighing.changedFrom !== null) write(one, server, weighing);
  }

  function write(one: Weighed, server: string, { why }: Weighing): void {
    const { name: service, settings } = one;
    if (settings.dryRun) {
      log.info({ service, server, why }, 'dry run: a weight would change');
      return;
    }
    kick({ text: `${server}: ${why}`, server, incidentId: null, sinceMs: clock.monoMs(), ofWeight: true }, service);
  }

  function note(one: Weighed, weights: ReadonlyMap<string, Weighing>): void {
    for (const [server, weighing] of weights) one.last.set(server, weighing);
    for (const server of one.last.keys()) if (!one.memory.servers.has(server)) one.last.delete(server);
  }

  function guarded<T>(one: Weighed, work: () => T): T | null {
    try {
      const made = work();
      one.fault = null;
      return made;
    } catch (error) {
      const text = errorText(error);
      if (one.fault !== text) log.error({ service: one.name, err: error }, 'weights left unchanged');
      one.fault = text;
      return null;
    }
  }

  function seat(one: Weighed, pool: PoolRecord, decision: PoolDecision, before: PoolMemory | null): void {
    const nowMs = clock.monoMs();
    const isFirst = one.memory.actedMs === null;
    if (isFirst && (pool.actual?.entries ?? []).every(({ weight }) => weight === 0)) {
      one.openUntilMs = nowMs + one.settings.actMs;
    }
    const allAtOnce = nowMs < one.openUntilMs;
    const scene = { ...pool, decision, pins: pins(one.name) };
    const loads = loadsOf(scene, one.memory, before, allAtOnce, (server) => terms(server, one.by));
    if (!isReseated(one.memory, loads)) return;
    const seated = seatNewcomers(one.memory, loads, one.settings, nowMs);
    one.memory = seated.memory;
    note(one, seated.weights);
  }

  return {
    set(services) {
      const gone = new Map(pools);
      for (const service of services) {
        const settings = weightSettings(service);
        if (settings === null) continue;
        const { name, balance } = service;
        const by = balance?.by ?? [];
        const old = pools.get(name);
        // Weights of a dry run were never in the table, and those of one table do not apply to another.
        const isSame = old?.settings.dryRun === settings.dryRun && old.settings.range === settings.range;
        if (old !== undefined && isSame) {
          gone.delete(name);
          const isSameBeat = settings.measureMs === old.settings.measureMs;
          old.by = by;
          old.settings = settings;
          if (isSameBeat) continue;
          old.cancel();
          beat(old, clock.monoMs() + settings.measureMs);
          continue;
        }
        const made: Weighed = {
          name,
          by,
          settings,
          memory: noWeights,
          last: new Map(),
          openUntilMs: Number.NEGATIVE_INFINITY,
          panicSinceMs: null,
          fault: null,
          cancel: () => {},
        };
        pools.set(name, made);
        beat(made, clock.monoMs() + settings.measureMs);
      }
      for (const [name, one] of gone) {
        one.cancel();
        if (pools.get(name) === one) pools.delete(name);
      }
    },
    weighed(pool, decision, before) {
      const one = pools.get(pool.config.name);
      if (one === undefined) return decision;
      guarded(one, () => seat(one, pool, decision, before));
      return one.settings.dryRun ? decision : withWeights(decision, one.memory);
    },
    weightsOf(service) {
      const one = pools.get(service);
      if (one === undefined) return null;
      const weights = new Map<string, ServerWeight>();
      for (const [server, { weight, multiplier, why }] of one.last) {
        const known = one.memory.servers.get(server);
        if (known !== undefined && known.weight !== null) {
          weights.set(server, { weight, multiplier, why, base: known.base });
        }
      }
      return { dryRun: one.settings.dryRun, weights };
    },
    problems() {
      return [...pools.values()].flatMap(({ name, panicSinceMs, settings }): OwnProblem[] => {
        if (panicSinceMs === null || settings.dryRun) return [];
        return [{ kind: 'weights', text: panicText(name), sinceMs: panicSinceMs }];
      });
    },
    stop() {
      stopped = true;
      for (const one of pools.values()) one.cancel();
    },
  };
}

function panicText(service: string): string {
  return `${service}: more than half of its servers are overloaded, so no further weights will be lowered; add capacity`;
}
