/** Watches of ours: services of a group with the same servers and alerts are one, and so are like groups of one host. */
import { asName, createNames } from '../cluster/names.ts';

/** One service of a watch of mon. */
export interface WatchedService {
  readonly group: string;
  readonly service: string;
  /** The group is one host, and the server is called like it. */
  readonly isAlone: boolean;
  readonly servers: readonly string[];
  readonly monitor: string;
  readonly alerts: readonly string[];
  readonly comments: readonly string[];
}

export interface WatchDraft {
  readonly name: string;
  readonly servers: readonly string[];
  readonly monitors: readonly string[];
  readonly alerts: readonly string[];
  readonly comments: readonly string[];
}

export function draftWatches(services: readonly WatchedService[]): readonly WatchDraft[] {
  const names = createNames();
  const ofGroups = [...groupBy(services, ({ group }) => group).values()].flatMap(ofGroup);
  const alike = groupBy(ofGroups, (watch, at) =>
    watch.isAlone ? JSON.stringify([watch.monitors, watch.alerts]) : `#${at}`,
  );
  return [...alike.values()].flatMap((watches) => {
    const [first] = watches;
    if (first === undefined) return [];
    const { monitors, alerts } = first;
    return {
      name: names.take(watches.length === 1 ? first.name : monitors.join('-')),
      servers: [...new Set(watches.flatMap(({ servers }) => servers))],
      monitors,
      alerts,
      comments: [...new Set(watches.flatMap(({ comments }) => comments))],
    };
  });
}

type GroupWatch = WatchDraft & { readonly isAlone: boolean };

function ofGroup(services: readonly WatchedService[]): readonly GroupWatch[] {
  const parts = [...groupBy(services, ({ servers, alerts }) => JSON.stringify([servers, alerts])).values()];
  return parts.flatMap((part) => {
    const [first] = part;
    if (first === undefined) return [];
    const { group, service, isAlone, servers, alerts } = first;
    return {
      name: asName(parts.length === 1 ? group : `${group}-${service}`) || 'watch',
      isAlone,
      servers,
      monitors: [...new Set(part.map(({ monitor }) => monitor))],
      alerts,
      comments: part.flatMap(({ comments }) => comments),
    };
  });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T, at: number) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  items.forEach((item, at) => {
    const key = keyOf(item, at);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  });
  return groups;
}
