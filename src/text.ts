/** Small pieces of text that every room needs. Pure; imports nothing. */

/** The message of whatever was thrown. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The same text on one line: runs of white space and control characters become one space. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** `: the reason`, to follow what was done; empty without a reason. */
export function withReason(why: string): string {
  return why === '' ? '' : `: ${why}`;
}
