/** Names of X509_V_ERR_* (openssl-verification-options(1)), as Node gives them. */
const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'certificate expired',
  CERT_NOT_YET_VALID: 'certificate not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate of an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate of an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate of an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate of an unknown authority',
  CERT_UNTRUSTED: 'certificate of an unknown authority',
  INVALID_CA: 'certificate of an unknown authority',
  CERT_SIGNATURE_FAILURE: 'certificate with a wrong signature',
  CERT_REVOKED: 'certificate revoked',
  INVALID_PURPOSE: 'certificate not meant for a server',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate of another name',
};

const another = 'expected TLS, got another protocol';

/** Parts of the names of OpenSSL's own errors, and of alerts that a peer sends (RFC 8446, section 6.2). */
const handshakeFaults: readonly (readonly [part: RegExp, words: string])[] = [
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|WRONG_SSL_VERSION/, 'version too old'],
  [/CERTIFICATE_REQUIRED/, 'a certificate of ours is wanted'],
  [/UNRECOGNIZED_NAME/, 'name unknown to the server'],
  [/KEY_TOO_SMALL|KEY_TOO_WEAK|MD_TOO_WEAK|DH_KEY/, 'key too weak'],
  [/HANDSHAKE_FAILURE|NO_SHARED|NO_CIPHERS|INSUFFICIENT_SECURITY/, 'no common cipher'],
  [/WRONG_VERSION|UNEXPECTED_MESSAGE|HTTP_REQUEST|HTTPS_PROXY|PACKET_LENGTH|RECORD/, another],
];

/** A TLS fault as a summary; null: not a TLS error code. */
export function tlsFault(code: string): string | null {
  const words = certificateFaults[code] ?? (/^(ERR_SSL_|EPROTO$)/.test(code) ? handshakeFault(code) : null);
  return words === null ? null : `tls: ${words}`;
}

function handshakeFault(code: string): string {
  return handshakeFaults.find(([part]) => part.test(code))?.[1] ?? 'handshake failed';
}
