import { field } from '../../../src/plugin/plugin.ts';

/** RFC 3414 (USM), section 11.2: a password has at least eight characters; agents refuse shorter ones. */
const password = (what: string) =>
  field.secret().min(8, 'expected at least 8 characters').meta({ secret: true }).optional().describe(what);

/** The options of monitors that use SNMP. */
export const snmpFields = {
  snmp: field.oneOf(['v2c', 'v3']).default('v2c').describe('Version of SNMP'),
  community: field.secret().optional().describe('Of SNMP v2c; default: public'),
  auth: field
    .oneOf(['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512'])
    .default('sha')
    .describe('How SNMP v3 signs, with an auth_password'),
  auth_password: password('For SNMP v3; without it nothing is signed'),
  priv: field
    .oneOf(['des', 'aes', 'aes256b', 'aes256r'])
    .default('aes')
    .describe('How SNMP v3 encrypts, with a priv_password; aes256b (Blumenthal) and aes256r (Reeder, Cisco) differ'),
  priv_password: password('For SNMP v3; without it nothing is encrypted'),
};

export interface SnmpOptions {
  readonly snmp: 'v2c' | 'v3';
  readonly user?: string | undefined;
  readonly community?: string | undefined;
  readonly auth: 'md5' | 'sha' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
  readonly auth_password?: string | undefined;
  readonly priv: 'des' | 'aes' | 'aes256b' | 'aes256r';
  readonly priv_password?: string | undefined;
}

export type SnmpAccess =
  | { readonly version: 'v2c'; readonly community: string }
  | {
      readonly version: 'v3';
      readonly user: string;
      readonly auth: { readonly protocol: string; readonly password: string } | null;
      readonly priv: { readonly protocol: string; readonly password: string } | null;
    };

export function snmpAccess({ snmp, user, community, ...keys }: SnmpOptions): SnmpAccess {
  if (snmp === 'v2c') return { version: 'v2c', community: community ?? 'public' };
  const key = (protocol: string, password: string | undefined) =>
    password === undefined ? null : { protocol, password };
  return {
    version: 'v3',
    user: user ?? '',
    auth: key(keys.auth, keys.auth_password),
    priv: key(keys.priv, keys.priv_password),
  };
}
