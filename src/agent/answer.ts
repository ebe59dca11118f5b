/** The answer to HAProxy (its manual: `agent-check`): one line with a state word and a percentage for the weight. */

export type Answer = { readonly up: number } | { readonly down: string };

const longestReason = 80;

/**
 * Always with `up`: the answer is a level, not an edge, so a HAProxy that was restarted or missed an answer is in sync
 * after the next one.
 */
export function answerText(answer: Answer): string {
  // HAProxy needs a blank before the #.
  return 'up' in answer ? `up ${answer.up}%` : `down #${reasonText(answer.down)}`;
}

/** ASCII on one line: it appears in HAProxy's log, its CSV output and scripts. */
function reasonText(text: string): string {
  return text
    .replaceAll(/[^ -~]+/g, ' ')
    .trim()
    .slice(0, longestReason);
}

/** Answers that may be configured for the stop. `drain` and `maint` are excluded: only `ready` ends those. */
const lastWords = /^(up( (100|\d{1,2})%)?|(100|\d{1,2})%|(down|stopped|fail)( #[ -~]{1,80})?)$/;

export function isLastWord(text: string): boolean {
  return lastWords.test(text);
}
