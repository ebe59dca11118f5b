/** Settings of a virtual service that keepalived and ldirectord have in common. */
import { schedulers } from '../../../src/config/sections/services/schema.ts';
import type { Place, PoolAddress } from './cluster.ts';
import { nameOfAddress } from './names.ts';
import { prefixIn, wholeIn } from './numbers.ts';
import { type Remarks, shown } from './remarks.ts';

/** `fwmark-1`, `10.10.3.30-554`, `10.10.3.30-554-udp`. */
export function nameOfService(at: PoolAddress): string {
  if (at.kind === 'fwmark') return `fwmark-${at.mark}`;
  return `${nameOfAddress(at.address)}-${at.port}${at.kind === 'udp' ? '-udp' : ''}`;
}

/** null: our default. */
export function schedulerIn(text: string, place: Place, remarks: Remarks): string | null {
  if (schedulers.some((name) => name === text)) return text;
  const known = `expected one of ${schedulers.join(' ')}; wlc is the default`;
  remarks.skipped(place, `unknown scheduler ${shown(text)}, ${known}`);
  return null;
}

/** Seconds of persistence; `usual` where a bare keyword stands. null: none. */
export function persistenceIn(text: string, usual: number, place: Place, remarks: Remarks): number | null {
  const seconds = text === '' ? usual : wholeIn(text, 0, 0x7fff_ffff);
  if (seconds === null) remarks.expected(place, 'seconds', text);
  return seconds === 0 ? null : seconds;
}

/** null: it is none, and a remark says so. */
export function weightIn(text: string, place: Place, remarks: Remarks): number | null {
  const weight = wholeIn(text, 0, 65_535);
  if (weight === null) remarks.expected(place, 'a weight from 0 to 65535', text);
  return weight;
}

/** How much of a viewer's address counts for persistence; null: all of it. `useless`: why it has no effect. */
export function granularityIn(
  text: string,
  at: PoolAddress,
  useless: string | null,
  place: Place,
  remarks: Remarks,
): number | null {
  const isIpv6 = at.kind === 'fwmark' ? at.family === 6 : at.address.includes(':');
  const longest = isIpv6 ? 128 : 32;
  const prefix = prefixIn(text);
  if (prefix === null || prefix > longest) {
    remarks.expected(place, `a netmask or a prefix length up to ${longest}`, text);
    return null;
  }
  if (useless !== null) remarks.skipped(place, useless);
  return prefix === longest ? null : prefix;
}
