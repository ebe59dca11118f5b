/** The alerts of a configuration, prepared for use. */
import type { Config } from '../../config/config.ts';
import type { Action, Alert } from '../../plugin/plugin.ts';
import type { Audience } from './teller.ts';

export interface ReadyAlert extends Audience {
  readonly action: Action;
}

/** The alerts that notify people, by name. Those that steer a balancer belong to the reconciler. */
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

/** The alerts that the checks of a server name. */
export function audiencesOf(
  config: Config,
  ready: ReadonlyMap<string, ReadyAlert>,
  server: string,
): readonly ReadyAlert[] {
  const names = new Set(config.checks.filter((check) => check.server === server).flatMap((check) => check.alerts));
  return [...names].flatMap((name) => ready.get(name) ?? []);
}
