import { plain } from '../../shared/quote.ts';

/** An agent's refusal as a summary; `detail` has its own words. */
export class SnmpFault extends Error {
  override readonly name = 'SnmpFault';
  readonly detail: string;
  constructor(summary: string, detail: string) {
    super(summary);
    this.detail = detail;
  }
}

/** Reports of USM (RFC 3414, section 3.2), as net-snmp words them. */
const refusals: readonly (readonly [part: RegExp, summary: string])[] = [
  [/^Unknown User Name/, 'SNMP: user unknown to the agent'],
  [/^Wrong Digest|^Authentication digest/, 'SNMP: wrong auth_password, or another auth'],
  [/^Unsupported Security Level/, 'SNMP: the agent wants another level of security for this user'],
  [/^Decryption Error|^Failed to decrypt/, 'SNMP: wrong priv_password, or another priv'],
  [/unsupported$/, 'SNMP: OpenSSL of this machine has no DES'],
  [/^Not In Time Window|outside the time window/, 'SNMP: clocks of agent and request do not agree'],
];

export function snmpFault(error: Error): SnmpFault {
  const said = plain(error.message, 200);
  const refusal = refusals.find(([part]) => part.test(error.message))?.[1];
  if (refusal !== undefined) return new SnmpFault(refusal, said);
  switch (error.name) {
    case 'RequestTimedOutError':
      return noAnswer();
    case 'RequestFailedError':
      return new SnmpFault('SNMP: refused by the agent', refused(said));
    default:
      return new SnmpFault('expected SNMP, got something else', said);
  }
}

/** snmpd with `rouser NAME priv` answers this to a user without encryption (RFC 3413, section 3.2). */
function refused(said: string): string {
  return said === 'AuthorizationError' ? `${said}: the user may not see this, or must sign or encrypt` : said;
}

/** It identified itself (engine discovery) and then sent nothing: an agent ignores what it cannot decrypt. */
export function halfAnswer(): SnmpFault {
  return new SnmpFault('unfinished answer to SNMP', 'with v3, a wrong priv_password looks so');
}

/** An agent does not answer a wrong community. */
export function noAnswer(): SnmpFault {
  return new SnmpFault('no answer to SNMP', 'no agent, a firewall, a wrong community or address: all are silent alike');
}
