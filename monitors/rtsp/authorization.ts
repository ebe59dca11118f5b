import { createHash } from 'node:crypto';
import type { Challenge } from './challenge.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface Signed {
  readonly method: string;
  /** Exactly as in the request line. */
  readonly uri: string;
  /** How many requests were signed with this nonce, this one counted. */
  readonly count: number;
  readonly cnonce: string;
}

/** The value of the header Authorization (RFC 7616 and its forerunners 2617 and 2069; RFC 7617). */
export function authorization(challenge: Challenge, { user, password }: Credentials, request: Signed): string {
  if (challenge.scheme === 'basic') return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const { realm, nonce, opaque, algorithm, algorithmText, qop } = challenge;
  const { method, uri, cnonce } = request;
  const hash = hasher(algorithm.startsWith('SHA-256') ? 'sha256' : 'md5');
  const session = algorithm.endsWith('-sess');
  const plain = hash(`${user}:${realm}:${password}`);
  const secret = session ? hash(`${plain}:${nonce}:${cnonce}`) : plain;
  const asked = hash(`${method}:${uri}`);
  const nc = request.count.toString(16).padStart(8, '0');
  const response = hash(
    qop === null ? `${secret}:${nonce}:${asked}` : `${secret}:${nonce}:${nc}:${cnonce}:${qop}:${asked}`,
  );
  const parts = [
    `username=${quoted(user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
  ];
  if (algorithmText !== null) parts.push(`algorithm=${algorithm}`);
  if (qop !== null) parts.push(`qop=${qop}`, `nc=${nc}`);
  if (qop !== null || session) parts.push(`cnonce=${quoted(cnonce)}`);
  if (opaque !== null) parts.push(`opaque=${quoted(opaque)}`);
  return `Digest ${parts.join(', ')}`;
}

function hasher(name: 'md5' | 'sha256'): (text: string) => string {
  return (text) => createHash(name).update(text).digest('hex');
}

/** A quoted string of RFC 7230, section 3.2.6. What a server sent may hold anything but a line end. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[\r\n]/g, '').replaceAll(/["\\]/g, '\\$&')}"`;
}
