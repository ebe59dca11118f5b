/** Values as a message may show them. */

const maxLength = 60;

/** The value in backticks, short and on one line, without anything that could be a password. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return `\`${String(value)}\``;
  // Quotes distinguish the text "554" from the number 554.
  return /^(-?\d+(\.\d+)?|true|false|null|\s*)$/.test(value) ? `\`"${shortLine(value)}"\`` : showText(value);
}

/** The same for text that cannot be mistaken for a number. */
export function showText(text: string): string {
  return `\`${shortLine(text)}\``;
}

/** `smtp://user:[secret]@host`. */
export function hidePassword(text: string): string {
  return text.replace(/:\/\/\S*@/g, (found) => (found.includes(':', 3) ? `://${userOf(found)}:[secret]@` : found));
}

function shortLine(text: string): string {
  const line = escapeControls(hidePassword(text));
  return line.length > maxLength ? `${line.slice(0, maxLength)}...` : line;
}

function userOf(found: string): string {
  return found.slice(3, found.indexOf(':', 3));
}

function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
