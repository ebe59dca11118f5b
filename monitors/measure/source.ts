import type { CheckContext, Target, Verdict } from '../../src/plugin/plugin.ts';
import type { Facts, What } from './facts.ts';

/** What is needed from a source, so that it does not fetch more. */
export interface Wish {
  readonly what: What;
  /** File systems, by mount point. */
  readonly paths: readonly string[];
}

/** The reason, if there are no facts. */
export type Look = { readonly facts: Facts } | { readonly verdict: Verdict };

export type Source = (target: Target, context: CheckContext) => Promise<Look>;
