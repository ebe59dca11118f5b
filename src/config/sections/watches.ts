/** Section `watches`: which servers are checked by which monitors, and which alerts that concerns. */
import { z } from 'zod';
import type { VipPath } from '../../core/marks.ts';
import type { Entry, Section } from '../entry.ts';
import { validOf } from '../entry.ts';
import { checkNames, nameList } from '../names.ts';
import type { Report } from '../problems.ts';
import { type Alerts, type BalancerKind, steeredBy } from './alerts.ts';
import type { MonitorConfig, Monitors } from './monitors/monitors.ts';
import type { Servers } from './servers.ts';

const someNames = (about: string) => nameList(about).min(1, 'expected at least one name').describe(about);

export const watchSchema = z.strictObject({
  servers: someNames('Servers to check'),
  monitors: someNames('Monitors that check each of them'),
  alerts: nameList('Alerts that act on the checks or notify people of them').default([]),
});

export type Watches = Section<Entry<z.output<typeof watchSchema>>>;

/** One (server, monitor) pair: what is scheduled. */
export interface CheckConfig {
  readonly server: string;
  readonly monitor: MonitorConfig;
  /** Names of the watches it comes from. */
  readonly watches: readonly string[];
  /** Names of alerts that notify people of it. */
  readonly alerts: readonly string[];
  /** Balancers whose pools obey this check; empty: it only informs. */
  readonly steers: readonly BalancerKind[];
  /** For a monitor of type `vip`: the route to the server by a virtual address; else null. */
  readonly path: VipPath | null;
}

interface Named {
  readonly servers: Servers;
  readonly monitors: Monitors;
  readonly alerts: Alerts;
  readonly watches: Watches;
}

export function checkWatches({ watches, servers, monitors, alerts }: Named, report: Report): void {
  for (const { path, fields } of watches.entries.values()) {
    checkNames(fields.servers, [...path, 'servers'], 'server', servers, report);
    checkNames(fields.monitors, [...path, 'monitors'], 'monitor', monitors, report);
    checkNames(fields.alerts, [...path, 'alerts'], 'alert', alerts, report);
  }
}

/** A server that two watches check with the same monitor is checked once, for both. */
export function buildChecks(
  watches: Watches,
  monitors: ReadonlyMap<string, MonitorConfig>,
  alerts: Alerts,
): readonly CheckConfig[] {
  const checks = new Map<string, CheckConfig>();
  for (const [watch, entry] of watches.entries) {
    const named = validOf(entry);
    const steers = named.alerts.flatMap((name) => steeredBy(alerts.entries.get(name)) ?? []);
    const notifying = named.alerts.filter((name) => steeredBy(alerts.entries.get(name)) === null);
    for (const server of named.servers) {
      for (const monitor of named.monitors.flatMap((name) => monitors.get(name) ?? [])) {
        const known = checks.get(`${server}/${monitor.name}`);
        checks.set(`${server}/${monitor.name}`, {
          server,
          monitor,
          watches: [...(known?.watches ?? []), watch],
          alerts: [...new Set([...(known?.alerts ?? []), ...notifying])],
          steers: [...new Set([...(known?.steers ?? []), ...steers])],
          path: null,
        });
      }
    }
  }
  return [...checks.values()];
}

/** Monitors and alerts that no watch uses. */
export function warnOfUnused({ watches, monitors, alerts }: Named, warn: Report): void {
  const all = [...watches.entries.values()];
  for (const [key, noun, section] of [
    ['monitors', 'monitor', monitors] as const,
    ['alerts', 'alert', alerts] as const,
  ]) {
    for (const name of section.entries.keys()) {
      if (all.some(({ fields }) => fields[key]?.includes(name))) continue;
      warn([key, name], `no watch uses ${noun} \`${name}\``, 'key');
    }
  }
}
