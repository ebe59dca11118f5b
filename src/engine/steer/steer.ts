/** Keeps the balancers' tables in sync with what servers, overrides and dynamic weights ask for. */
import type { OwnProblem } from '../../api/control.ts';
import type { TablePort } from '../../balancer/balancer.ts';
import type { BalancerKind, TableName, VirtualServiceConfig } from '../../config/config.ts';
import { type Pins, withPins } from '../../core/pins.ts';
import type { ServerView } from '../../core/pool.ts';
import type { Term } from '../../core/weights/model.ts';
import type { Clock, Log } from '../../ports.ts';
import { type Journal, remarksIn } from '../journal.ts';
import { type Cause, createReconciler, type Reconciler } from './reconciler.ts';
import { createWeigher, type Weigher } from './weigher.ts';

export interface SteerPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly balancer: (table: TableName) => TablePort;
  readonly server: (kind: BalancerKind, name: string) => ServerView | undefined;
  /** How full a server is, by the words of `balance: { by }`. */
  readonly terms: (server: string, by: readonly string[]) => readonly Term[];
  /** Pinned weights of a virtual service. */
  readonly pins: (service: string) => Pins;
  readonly journal: Pick<Journal, 'write'>;
  /** A pool changed in a way that a person would see. */
  readonly onChange: () => void;
}

export interface Steer extends Pick<Reconciler, 'pools' | 'kick' | 'foresee' | 'settled'>, Pick<Weigher, 'weightsOf'> {
  take(services: ReadonlyMap<string, VirtualServiceConfig>, everyMs: number): void;
  /** Decides and applies now, in every pool that the server may be in, as a member or as a backup. */
  repool(server: string, cause: Cause): void;
  problems(): { readonly tables: readonly OwnProblem[]; readonly weights: readonly OwnProblem[] };
  /** Leaves the tables unchanged. */
  stop(): Promise<void>;
}

export function startSteer(ports: SteerPorts): Steer {
  const { clock, log, journal, pins } = ports;
  const remark = remarksIn(journal, clock);
  const reconciler = createReconciler({
    ...ports,
    weighed: (pool, decision, before) =>
      withPins(weigher.weighed(pool, decision, before), pool, pins(pool.config.name)),
    onActions: (actions) => journal.write({ actions }),
    onChange({ config }, drift) {
      if (drift !== null) remark('drift', `${config.name}: ${drift}`);
      ports.onChange();
    },
  });
  const { pools, kick, foresee, settled } = reconciler;
  const weigher = createWeigher({
    clock,
    log,
    terms: ports.terms,
    pool: (name) => pools().get(name),
    pins,
    kick: (cause, service) => kick(cause, [service]),
  });

  /** The same problem of several pools is one. */
  function tableProblems(): readonly OwnProblem[] {
    const byText = new Map<string, OwnProblem>();
    for (const { problem, config } of pools().values()) {
      if (problem === null || byText.has(problem.text)) continue;
      byText.set(problem.text, { kind: 'balancer', text: `${config.name}: ${problem.text}`, sinceMs: problem.sinceMs });
    }
    return [...byText.values()];
  }

  return {
    pools,
    kick,
    foresee,
    settled,
    weightsOf: weigher.weightsOf,
    take(services, everyMs) {
      weigher.set(services.values());
      reconciler.set(services.values(), everyMs);
    },
    repool(server, cause) {
      const names = [...pools().values()]
        .filter((pool) => pool.names.includes(server))
        .map(({ config }) => config.name);
      kick(cause, names);
    },
    problems: () => ({ tables: tableProblems(), weights: weigher.problems() }),
    async stop() {
      weigher.stop();
      await reconciler.stop();
    },
  };
}
