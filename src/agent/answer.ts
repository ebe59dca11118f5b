/** What HAProxy is told (its manual: `agent-check`): one line, whose first word changes the state and whose percent the weight. */

export type Answer = { readonly up: number } | { readonly down: string };

const longestReason = 80;

/**
 * Always with `up`: it is a level and not an edge, so that a HAProxy that was restarted, or missed one answer after
 * a `down`, is right after the next.
 */
export function answerText(answer: Answer): string {
  // A blank before the #, or HAProxy knows no such word.
  return 'up' in answer ? `up ${answer.up}%` : `down #${reasonText(answer.down)}`;
}

/** ASCII on one line: it goes through HAProxy's log, its CSV and other people's scripts. */
function reasonText(text: string): string {
  return text
    .replaceAll(/[^ -~]+/g, ' ')
    .trim()
    .slice(0, longestReason);
}

/** What a person may have said at the stop. `drain` and `maint` are not among them: nothing but `ready` ends those. */
const lastWords = /^(up( (100|\d{1,2})%)?|(100|\d{1,2})%|(down|stopped|fail)( #[ -~]{1,80})?)$/;

export function isLastWord(text: string): boolean {
  return lastWords.test(text);
}
