import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import { field } from '../../src/plugin/plugin.ts';

/** How a server proves its identity. */
export interface Tls {
  /**
   * The name to request (SNI) and to find in the certificate. null: no name is requested or compared, since servers are
   * configured by address and hardly any certificate has addresses. Chain and dates are checked in both cases.
   */
  readonly name: string | null;
  /** PEM certificates that are trusted instead of the usual authorities. */
  readonly ca: string | null;
  /** True: the certificate is not checked. */
  readonly insecure: boolean;
}

const pemBegins = '-----BEGIN CERTIFICATE-----';
const maxCaBytes = 1_048_576;

/** PEM text, or the content of the file at an absolute path. */
function certificates(text: string): string | null {
  const pem = text.includes(pemBegins) ? text : readPem(text);
  try {
    if (pem !== null) new X509Certificate(pem);
    return pem;
  } catch {
    return null;
  }
}

function readPem(path: string): string | null {
  if (!path.startsWith('/')) return null;
  try {
    // Reading a device or a pipe might never end.
    const found = statSync(path);
    if (!found.isFile() || found.size > maxCaBytes) return null;
    const text = readFileSync(path, 'latin1');
    return text.includes(pemBegins) ? text : null;
  } catch {
    return null;
  }
}

const caField = () =>
  field
    .text()
    .transform((text, context) => {
      const pem = certificates(text);
      if (pem !== null) return pem;
      context.addIssue({
        code: 'custom',
        message: 'expected the absolute path of a file with certificates in PEM, or their text',
        input: text,
      });
      return '';
    })
    .optional()
    .describe('Certificates in PEM to trust instead of the usual authorities: an absolute path, or the text');

const nameField = () =>
  field
    .text()
    .regex(/^[!-~]+$/, 'expected a host name, or an IP address without brackets')
    .optional()
    .describe('Name to send (SNI) and to find in the certificate; without it no name is compared');

/** The option `tls` of all monitors that have it; `tlsOf` reads it. */
export const tlsField = () =>
  field
    .flag()
    .or(
      field.object({
        name: nameField(),
        ca: caField(),
        insecure: field.flag().default(false).describe('Do not check the certificate at all'),
      }),
    )
    .default(false)
    .describe('true, or how the certificate is checked');

type TlsOption =
  | boolean
  | { readonly name?: string | undefined; readonly ca?: string | undefined; readonly insecure: boolean };

/** null: no TLS. */
export function tlsOf(option: TlsOption): Tls | null {
  if (option === false) return null;
  if (option === true) return { name: null, ca: null, insecure: false };
  return { name: option.name ?? null, ca: option.ca ?? null, insecure: option.insecure };
}

/**
 * The handshake over a connected socket. Add listeners for `secureConnect` and `error` at once. To end with a reset, reset
 * the underlying socket and destroy this one (a TLS socket cannot be reset itself).
 */
export function startTls(socket: Socket, { name, ca, insecure }: Tls): TLSSocket {
  return connect({
    socket,
    // RFC 6066, section 3: an address is not a server name.
    servername: name === null || isIP(name) !== 0 ? '' : name,
    rejectUnauthorized: !insecure,
    ...(ca === null ? {} : { ca }),
    checkServerIdentity: (_host, certificate) => (name === null ? undefined : checkServerIdentity(name, certificate)),
  });
}
