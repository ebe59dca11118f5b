/** Where a server is, as HAProxy writes it (manual, 11.1). */
import { parseAddress } from '../../../src/config/addresses.ts';
import { portIn } from '../cluster/numbers.ts';
import { shown } from '../cluster/remarks.ts';

export interface Where {
  readonly address: string;
  /** null: that to which the viewer connected. */
  readonly port: number | null;
}

/** What stands in the way of taking it over is a text. */
export function addressIn(text: string): Where | string {
  const [, family = '', rest = text] = /^([a-z0-9+]+)@(.*)$/i.exec(text) ?? [];
  if (text.includes('$')) return `expected an IP address, got the variable ${shown(text)}`;
  if (/^(unix|abnsz?|sockpair|fd|uxst|uxdg|rhttp|quic[46])/.test(family) || rest.startsWith('/')) {
    return `expected an IP address and a port, got the socket ${shown(text)}`;
  }
  // The last colon is that of the port, unless brackets say otherwise.
  const [, host = '', port] = /^(\[[^\]]*\]|.*?)(?::([^:\]]*))?$/.exec(rest) ?? [];
  const parsed = parseAddress(host);
  if (!('ok' in parsed)) return `expected ${parsed.expected}, got ${shown(host === '' ? text : host)}`;
  if (port === undefined || port === '' || port === '0') return { address: parsed.ok, port: null };
  if (/^[+-]/.test(port)) return { address: parsed.ok, port: null };
  const number = portIn(port);
  return number === null ? `expected a port from 1 to 65535, got ${shown(port)}` : { address: parsed.ok, port: number };
}
