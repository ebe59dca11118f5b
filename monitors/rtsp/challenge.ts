export type Algorithm = 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess';

export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'digest';
      readonly realm: string;
      readonly nonce: string;
      readonly opaque: string | null;
      readonly algorithm: Algorithm;
      /** As the server spelt it, or null where it named none. */
      readonly algorithmText: string | null;
      readonly qop: 'auth' | null;
      readonly stale: boolean;
    };

const algorithms: readonly Algorithm[] = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess'];

/**
 * The challenges in the values of WWW-Authenticate that can be answered, the best first: Digest before Basic, SHA-256
 * before MD5. A value may hold several (RFC 7235, section 4.1).
 */
export function readChallenges(values: readonly string[]): readonly Challenge[] {
  const known = values.flatMap(splitChallenges).flatMap((found) => asChallenge(found) ?? []);
  return known.toSorted((a, b) => strength(b) - strength(a));
}

function strength(challenge: Challenge): number {
  if (challenge.scheme === 'basic') return 0;
  return challenge.algorithm.startsWith('SHA-256') ? 2 : 1;
}

interface Found {
  readonly scheme: string;
  /** Names in lower case. */
  readonly params: ReadonlyMap<string, string>;
}

/** A word with `=` and a value behind it is a parameter, a word without is the scheme of the next challenge. */
function splitChallenges(text: string): readonly Found[] {
  const found: { scheme: string; params: Map<string, string> }[] = [];
  const token = /([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/gs;
  for (const [, word = '', quoted, bare] of text.matchAll(token)) {
    const value = quoted?.replaceAll(/\\(.)/gs, '$1') ?? bare;
    if (value === undefined) found.push({ scheme: word.toLowerCase(), params: new Map() });
    else {
      const params = found.at(-1)?.params;
      const name = word.toLowerCase();
      if (params !== undefined && !params.has(name)) params.set(name, value);
    }
  }
  return found;
}

/** null: a scheme, an algorithm or a protection that we cannot do, or a Digest without its nonce. */
function asChallenge({ scheme, params }: Found): Challenge | null {
  if (scheme === 'basic') return { scheme };
  const nonce = params.get('nonce');
  if (scheme !== 'digest' || nonce === undefined) return null;
  const algorithmText = params.get('algorithm') ?? null;
  const algorithm = algorithms.find((name) => name.toLowerCase() === (algorithmText ?? 'MD5').toLowerCase());
  const offered = params
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/);
  if (algorithm === undefined || (offered !== undefined && !offered.includes('auth'))) return null;
  const realm = params.get('realm') ?? '';
  const opaque = params.get('opaque') ?? null;
  const stale = params.get('stale')?.toLowerCase() === 'true';
  return { scheme, realm, nonce, opaque, algorithm, algorithmText, qop: offered === undefined ? null : 'auth', stale };
}
