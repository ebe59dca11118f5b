/** One canonical text per address: programs differ in how they shorten IPv6. */
import { isIP } from 'node:net';

/** null: not an IP address. */
export function addressKey(text: string): string | null {
  const family = isIP(text);
  if (family === 4) return text;
  return family === 6 && !text.includes('%') ? ipv6Key(text) : null;
}

export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** Splits a map key such as `192.168.7.0/24`; null: not a network. */
export function networkKey(address: string, prefix: number): string | null {
  const key = addressKey(address);
  if (key === null || !Number.isInteger(prefix) || prefix < 0 || prefix > (familyOf(address) === 4 ? 32 : 128)) {
    return null;
  }
  return `${key}/${prefix}`;
}

/** Eight hexadecimal groups, none omitted. */
function ipv6Key(text: string): string {
  const plain = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${pair(a, b)}:${pair(c, d)}`);
  const [head = '', tail] = plain.split('::');
  const front = groups(head);
  const back = groups(tail ?? '');
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back].join(':');
}

function groups(text: string): readonly string[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16).toString(16));
}

function pair(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}
