import { readFileSync } from 'node:fs';
import { until } from './program.ts';

export interface TableEntry {
  readonly address: string;
  readonly port: number;
  readonly forward: string;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
}

export interface TableService {
  /** `fwm 1` or `tcp 10.10.3.30:554`. */
  readonly name: string;
  readonly scheduler: string;
  readonly flags: string;
  readonly entries: readonly TableEntry[];
}

/** The kernel's table as it is now: IPv4 and fwmark services. */
export function readTable(): readonly TableService[] {
  const services: (Omit<TableService, 'entries'> & { entries: TableEntry[] })[] = [];
  for (const line of readFileSync('/proc/net/ip_vs', 'utf8').split('\n').slice(3)) {
    const fields = line.trim().split(/\s+/);
    const [first = '', second = '', third = '', ...rest] = fields;
    if (first === '->') {
      const [weight, active, inactive] = rest.map(Number);
      const entry = { ...endpoint(second), forward: third, weight: weight ?? 0 };
      services.at(-1)?.entries.push({ ...entry, active: active ?? 0, inactive: inactive ?? 0 });
    } else if (first !== '') {
      const name = first === 'FWM' ? `fwm ${Number.parseInt(second, 16)}` : `${first.toLowerCase()} ${text(second)}`;
      services.push({ name, scheduler: third, flags: rest.join(' '), entries: [] });
    }
  }
  return services;
}

/** Addresses with a weight above 0 in one virtual service, sorted. */
export function pooled(service = 'fwm 1'): readonly string[] {
  const found = readTable().find(({ name }) => name === service);
  const up = (found?.entries ?? []).filter(({ weight }) => weight > 0);
  return up.map(({ address }) => address).sort();
}

/** Waits until exactly these addresses are pooled. */
export async function untilPooled(addresses: readonly string[], timeoutMs: number, service = 'fwm 1'): Promise<void> {
  const want = [...addresses].sort().join(' ');
  const what = `${service} with ${want || 'nobody'}`;
  await until(what, () => pooled(service).join(' ') === want, timeoutMs, 2);
}

/** Where the director sent the client's connection from `clientPort`; null if nowhere. */
export function sentTo(clientAddress: string, clientPort: number): string | null {
  const address = clientAddress.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  const from = `${address.join('')} ${clientPort.toString(16).padStart(4, '0')}`.toUpperCase();
  for (const line of readFileSync('/proc/net/ip_vs_conn', 'utf8').split('\n')) {
    if (!line.startsWith(from, 4)) continue;
    const target = line.trim().split(/\s+/)[5];
    if (target) return dotted(target);
  }
  return null;
}

function endpoint(hex: string): { address: string; port: number } {
  const [address = '', port = ''] = hex.split(':');
  return { address: dotted(address), port: Number.parseInt(port, 16) };
}

function text(hex: string): string {
  const { address, port } = endpoint(hex);
  return `${address}:${port}`;
}

function dotted(hex: string): string {
  return (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
}
