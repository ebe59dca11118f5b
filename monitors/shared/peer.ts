/** An address as in a URL: IPv6 in brackets. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** `10.0.0.1:554`, `[2001:db8::1]:554`. */
export function hostPort(address: string, port: number): string {
  return `${bracketed(address)}:${port}`;
}
