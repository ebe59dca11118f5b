/** What `understudyd/plugin` gives to monitors and alerts from outside: the contract, and the parts that most need. */
export * from '../../src/plugin.ts';
export { converse, type Talk } from './dialog.ts';
export { plain, quote } from './quote.ts';
export { fail, ok, silence, unknown } from './verdicts.ts';
