/** How long to wait before the next attempt at something that failed. */

export interface BackoffRule {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** As old as this, and tried as often as that: no further attempt. A clock that is set does neither alone. */
  readonly giveUpAfterMs: number;
  readonly giveUpAttempts: number;
}

/** Mail servers are away for minutes, or for a long weekend. */
export const noticeBackoff: BackoffRule = {
  firstMs: 5000,
  factor: 2,
  capMs: 15 * 60_000,
  giveUpAfterMs: 5 * 86_400_000,
  giveUpAttempts: 100,
};

/**
 * `attempts`: how many have failed, 1 or more. `ageMs`: since the thing came up. `jitter` in [0, 1) takes up to
 * a quarter off, so that what failed together does not come back together.
 */
export function backoff(rule: BackoffRule, attempts: number, ageMs: number, jitter: number): number | 'give up' {
  if (ageMs >= rule.giveUpAfterMs && attempts >= rule.giveUpAttempts) return 'give up';
  const waitMs = Math.min(rule.capMs, rule.firstMs * rule.factor ** (attempts - 1));
  return Math.round(waitMs * (1 - jitter / 4));
}
