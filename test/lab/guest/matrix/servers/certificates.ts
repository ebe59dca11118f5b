import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import * as path from 'node:path';
import { repositoryFile } from '../../source-file.ts';

/** All carry the name `video.example`; all but the self-signed one are of AUTHORITY. */
export type Validity = 'good' | 'expired' | 'not-yet' | 'self-signed';

/** For `tls: { ca }` of a monitor. */
export const AUTHORITY = repositoryFile('test/samples/tls/authority.pem');
export const CERTIFICATE_NAME = 'video.example';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Puts a certificate into the folder, over the one that may be there. Who reads it only at its start needs a reload. */
export function placeCertificate(folder: string, validity: Validity): Pair {
  mkdirSync(folder, { recursive: true });
  const pair = { cert: path.join(folder, 'cert.pem'), key: path.join(folder, 'key.pem') };
  copyFileSync(repositoryFile('test/samples/tls/key.pem'), pair.key);
  const coming = `${pair.cert}.new`;
  copyFileSync(repositoryFile(`test/samples/tls/${validity}.pem`), coming);
  renameSync(coming, pair.cert);
  return pair;
}
