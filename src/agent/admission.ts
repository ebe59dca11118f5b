/** Which clients may connect. */
import { BlockList, isIP } from 'node:net';
import type { Network } from '../core/marks.ts';

export type Admits = (address: string) => boolean;

/** `any`: all clients. Local clients are always allowed. */
export function admission(onlyFrom: readonly (Network | 'any')[]): Admits {
  if (onlyFrom.includes('any')) return () => true;
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  for (const network of onlyFrom) {
    if (network === 'any') continue;
    const [address = ''] = network.text.split('/');
    list.addSubnet(address, network.prefix, network.family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  };
}

/** Without a zone, and IPv4-mapped addresses as IPv4. */
export function plainAddress(address: string): string {
  const [bare = ''] = address.split('%');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}
