/** The settings of the controller of a pool's weights, from the configuration. */
import type { VirtualServiceConfig } from '../config/config.ts';
import { gainFor } from '../core/weights/gain.ts';
import { type WeightSettings, weightRanges } from '../core/weights/model.ts';

/** Measurements between two changes of the weights. */
const ticks = 3;

/** null: the weights stay as configured, because nothing asks to balance them or the scheduler ignores weights. */
export function weightSettings(
  service: Pick<VirtualServiceConfig, 'balance' | 'scheduler' | 'balancer'>,
): WeightSettings | null {
  const { balance, scheduler, balancer } = service;
  const gain = gainFor(scheduler);
  if (balance === undefined || gain === null) return null;
  const range = balancer === 'haproxy' ? weightRanges.haproxy : weightRanges.ipvs;
  return { gain, range, measureMs: balance.everyMs / ticks, actMs: balance.everyMs, dryRun: balance.dryRun };
}
