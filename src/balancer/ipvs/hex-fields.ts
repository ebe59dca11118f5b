/** The hexadecimal fields of `/proc/net/ip_vs`. */

/** Returns 0 for a mask that is no prefix, such as the 0.0.0.24 that `-M 24` produces for IPv4. */
export function maskPrefix(mask: number, whole: 32 | 128): number {
  if (whole === 128) return isPrefixByte(mask) ? mask >>> 24 : 0;
  const bits = mask.toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : 0;
}

/** An IPv6 prefix length (1..128) appears in the netmask field, in the top byte of a byte-swapped word. */
export function isPrefixByte(mask: number): boolean {
  return (mask & 0xff_ffff) === 0 && mask !== 0 && mask >>> 24 <= 128;
}

export function parseEndpoint(text: string): { readonly address: string; readonly port: number } | undefined {
  const match = /^(?:([0-9A-F]{8})|\[([0-9A-F]{4}(?::[0-9A-F]{4}){7})\]):([0-9A-F]{4})$/i.exec(text);
  if (match === null) return undefined;
  const [, v4, v6 = '', port = ''] = match;
  const address = v4 === undefined ? shortIpv6(v6) : dotted(Number.parseInt(v4, 16));
  return { address, port: Number.parseInt(port, 16) };
}

function dotted(bits: number): string {
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function shortIpv6(full: string): string {
  const groups = full.split(':').map((group) => Number.parseInt(group, 16).toString(16));
  const runs = [...groups.join(':').matchAll(/(?<![^:])0(?::0)+(?![^:])/g)];
  const [longest] = runs.toSorted((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return groups.join(':');
  const text = longest.input;
  return `${text.slice(0, longest.index).replace(/:$/, '')}::${text.slice(longest.index + longest[0].length).replace(/^:/, '')}`;
}
