/** The alerts of a configuration, ready to act. */
import type { Config } from '../../config/config.ts';
import type { Action, Alert } from '../../plugin/plugin.ts';
import type { Audience } from './teller.ts';

export interface ReadyAlert extends Audience {
  readonly action: Action;
}

/** Those that tell people, by their names; those that steer a balancer are the reconciler's. */
export function readyAlerts(config: Config, types: ReadonlyMap<string, Alert>): ReadonlyMap<string, ReadyAlert> {
  const ready = new Map<string, ReadyAlert>();
  for (const alert of config.alerts.values()) {
    const type = types.get(alert.type);
    if (type === undefined) continue;
    ready.set(alert.name, {
      config: alert,
      recipients: type.recipients(alert.options),
      action: type.prepare(alert.options),
    });
  }
  return ready;
}

/** Each alert that some check of the server names. */
export function audiencesOf(
  config: Config,
  ready: ReadonlyMap<string, ReadyAlert>,
  server: string,
): readonly ReadyAlert[] {
  const names = new Set(config.checks.filter((check) => check.server === server).flatMap((check) => check.alerts));
  return [...names].flatMap((name) => ready.get(name) ?? []);
}
