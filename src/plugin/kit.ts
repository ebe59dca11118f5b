/** `understudyd/plugin`, for monitors and alerts of a site's own: the contract, and the parts that most of them need. */

export { converse, type Talk } from '../../monitors/shared/dialog.ts';
export { plain, quote } from '../../monitors/shared/quote.ts';
export { fail, ok, silence, unknown } from '../../monitors/shared/verdicts.ts';
export * from './plugin.ts';
