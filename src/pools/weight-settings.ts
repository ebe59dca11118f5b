/** What the configuration of a pool says to the law of its weights. */
import type { VirtualServiceConfig } from '../config/config.ts';
import { gainFor } from '../core/weights/gain.ts';
import { type WeightSettings, weightRanges } from '../core/weights/model.ts';

/** Measured so often in the time between two moves. */
const ticks = 3;

/** null: its weights are as configured, since it is not to be balanced or its scheduler heeds no weights. */
export function weightSettings(
  service: Pick<VirtualServiceConfig, 'balance' | 'scheduler' | 'balancer'>,
): WeightSettings | null {
  const { balance, scheduler, balancer } = service;
  const gain = gainFor(scheduler);
  if (balance === undefined || gain === null) return null;
  const range = balancer === 'haproxy' ? weightRanges.haproxy : weightRanges.ipvs;
  return { gain, range, measureMs: balance.everyMs / ticks, actMs: balance.everyMs, dryRun: balance.dryRun };
}
