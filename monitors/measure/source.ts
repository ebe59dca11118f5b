import type { CheckContext, Target, Verdict } from '../../src/plugin/plugin.ts';
import type { Facts, What } from './facts.ts';

/** What is wanted of a source, so that it need not fetch all it could. */
export interface Wish {
  readonly what: What;
  /** File systems, by where they are mounted. */
  readonly paths: readonly string[];
}

/** Without facts: why. */
export type Look = { readonly facts: Facts } | { readonly verdict: Verdict };

export type Source = (target: Target, context: CheckContext) => Promise<Look>;
