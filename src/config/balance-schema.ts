/** `balance` of a virtual service: weights that follow the load. */
import { z } from 'zod';
import { field } from '../plugin/fields.ts';

const mostNames = 32;

export const balanceSchema = z.strictObject({
  by: z
    .array(field.text().max(128), 'expected a list of names such as [cpu, band_out]')
    .min(1, 'expected at least one name')
    .max(mostNames, `expected at most ${mostNames} names`)
    .describe('What can be full, where the monitor has a limit for it: a measure, a monitor, or monitor/measure'),
  every: field
    .duration(3000, 600_000)
    .prefault('15s')
    .describe('How often weights move; servers are looked at three times as often'),
  dry_run: field.flag().default(false).describe('Only say what would be done: in the log, status and explain'),
});

export type BalanceEntry = z.output<typeof balanceSchema>;
