/** Decides which virtual services of the director's table are ours. */
import type { Config, VirtualServiceConfig } from '../config/config.ts';
import { pathMarks, pathServices } from '../core/marks.ts';
import { sameFamily } from '../core/plan.ts';
import { type ServiceAddress, serviceKey, type Table, type TableService } from '../core/table.ts';

export function ipvsServices({ services }: Config): readonly VirtualServiceConfig[] {
  return [...services.values()].filter(({ balancer }) => balancer === 'ipvs');
}

/** The configured services, and the private services of the VIP paths. */
export function ownAddresses(config: Config): readonly ServiceAddress[] {
  return [...ipvsServices(config).map(({ at }) => at), ...pathServices(config.paths).map(({ spec }) => spec.at)];
}

/** A mark may have a service for each address family; only one of them is ours. */
export function ownService(table: Table, at: ServiceAddress): TableService | undefined {
  const found = table.get(serviceKey(at));
  return found !== undefined && sameFamily(found.spec.at, at) ? found : undefined;
}

/** Private services are ours whatever the configuration says: nothing else may use their marks. */
export function isPathMark(at: ServiceAddress): boolean {
  return at.kind === 'fwmark' && at.mark >= pathMarks.first && at.mark <= pathMarks.last;
}
