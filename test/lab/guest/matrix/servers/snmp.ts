import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Command } from '../../services.ts';

export const SNMP_PORT = 161;
export const SNMP_COMMUNITY = 'lab-public';
/** Options of a monitor `via: snmp`; the user has to sign and to encrypt. */
export const SNMP_V3 = {
  snmp: 'v3',
  user: 'watcher',
  auth: 'sha',
  auth_password: 'signed-by-the-lab',
  priv: 'aes',
  priv_password: 'hidden-by-the-lab',
} as const;

/** net-snmp's snmpd, by v2c and v3, for everybody. */
export function snmpd(folder: string): Command {
  mkdirSync(folder, { recursive: true });
  const config = path.join(folder, 'snmpd.conf');
  writeFileSync(config, snmpdConfig(`udp:${SNMP_PORT}`));
  return snmpdCommand('snmpd', folder, config);
}

/** `at`: its agentAddress, such as `udp:127.0.0.1:16161`. */
export function snmpdConfig(at: string): string {
  const { user, auth_password, priv_password } = SNMP_V3;
  return [
    `agentAddress ${at}`,
    `rocommunity ${SNMP_COMMUNITY}`,
    `createUser ${user} SHA "${auth_password}" AES "${priv_password}"`,
    `rouser ${user} priv`,
    '',
  ].join('\n');
}

/** What it keeps between runs (the engine's identity, the user's keys) goes into the folder. */
export function snmpdCommand(file: string, folder: string, config: string): Command {
  return {
    file,
    args: ['-f', '-Lf', path.join(folder, 'snmpd.log'), '-C', '-c', config, '-p', path.join(folder, 'snmpd.pid')],
    env: { SNMP_PERSISTENT_DIR: folder, SNMPCONFPATH: folder, MIBS: '' },
  };
}
