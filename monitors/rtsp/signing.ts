import { authorization, type Credentials } from './authorization.ts';
import { type Challenge, readChallenges } from './challenge.ts';

export type Refusal = 'no credentials' | 'bad credentials' | 'no scheme in common';

/** Signs the requests of one conversation, once the server has asked for credentials. */
export interface Signing {
  /** The value of Authorization; null: credentials were not requested yet. */
  sign(method: string, uri: string): string | null;
  /** A request was accepted. */
  accepted(): void;
  /** A request was answered with 401. True: repeat it. */
  refused(challenges: readonly string[]): 'repeat' | Refusal;
}

export function createSigning(credentials: Credentials | null, createNonce: () => string): Signing {
  let challenge: Challenge | null = null;
  let count = 0;
  /** The last request was signed. */
  let signed = false;
  let proven = false;
  let renewed = false;

  return {
    sign(method, uri) {
      signed = challenge !== null && credentials !== null;
      if (challenge === null || credentials === null) return null;
      count += 1;
      return authorization(challenge, credentials, { method, uri, count, cnonce: createNonce() });
    },
    accepted() {
      if (signed) proven = true;
    },
    refused(values) {
      if (credentials === null) return 'no credentials';
      const [next] = readChallenges(values);
      if (next === undefined) return signed ? 'bad credentials' : 'no scheme in common';
      if (signed) {
        // Once: the nonce expired, or the server accepts each nonce only for a while without announcing it.
        const old = (next.scheme === 'digest' && next.stale) || proven;
        if (!old || renewed) return 'bad credentials';
        renewed = true;
      }
      challenge = next;
      count = 0;
      return 'repeat';
    },
  };
}
