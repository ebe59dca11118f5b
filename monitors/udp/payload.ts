import { unescapeText } from '../shared/escapes.ts';

/** Bytes from text with escapes, or from hexadecimal digits with optional blanks and colons between bytes. */
export function payload(text: string | undefined, hex: string | undefined): Buffer | null {
  if (hex !== undefined) return parseHex(hex);
  return text === undefined ? null : Buffer.from(unescapeText(text), 'latin1');
}

/** null: incomplete bytes. */
export function parseHex(text: string): Buffer | null {
  const digits = text.replaceAll(/[\s:]/g, '');
  return /^([0-9a-fA-F]{2})+$/.test(digits) ? Buffer.from(digits, 'hex') : null;
}

export type Match = 'contains' | 'prefix' | 'exact';

export function matches(answer: Buffer, expected: Buffer, match: Match): boolean {
  switch (match) {
    case 'contains':
      return answer.includes(expected);
    case 'prefix':
      return answer.subarray(0, expected.length).equals(expected);
    case 'exact':
      return answer.equals(expected);
    default:
      return match satisfies never;
  }
}

const shownBytes = 32;

/** Text if all of it is printable, else the first bytes in hexadecimal. */
export function show(bytes: Buffer): string {
  if (bytes.length === 0) return 'an empty datagram';
  const text = bytes.toString('latin1').trimEnd();
  if (/^[ -~]+$/.test(text) && text.length <= 80) return `\`${text.replaceAll('`', "'")}\``;
  return `\`${bytes.subarray(0, shownBytes).toString('hex')}${bytes.length > shownBytes ? '...' : ''}\``;
}
