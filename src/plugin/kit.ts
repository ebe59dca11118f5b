/** What `understudyd/plugin` gives to monitors and alerts from outside: the contract, and the parts that most need. */

export { converse, type Talk } from '../../monitors/shared/dialog.ts';
export { plain, quote } from '../../monitors/shared/quote.ts';
export { fail, ok, silence, unknown } from '../../monitors/shared/verdicts.ts';
export * from './plugin.ts';
