/** Reads listening sockets from /proc/net/{tcp,tcp6,udp,udp6} (proc_pid_net(5), get_tcp4_sock() in net/ipv4/tcp_ipv4.c). */
import { type Host, output } from '../host/host.ts';

export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  /** `0.0.0.0` and `::` for any. */
  readonly address: string;
  readonly port: number;
  /** Listens on `::` without IPv4. */
  readonly v6only: boolean;
}

/** null: none of the four files could be read. */
export async function readListeners(host: Host): Promise<readonly Listener[] | null> {
  const found: Listener[] = [];
  let readable = false;
  for (const protocol of ['tcp', 'udp'] as const) {
    for (const family of [4, 6] as const) {
      const text = await host.files.read(`/proc/net/${protocol}${family === 6 ? '6' : ''}`);
      readable ||= text !== null;
      found.push(...parseSockets(text ?? '', protocol));
    }
  }
  if (!readable) return null;
  const v4 = (listener: Listener) =>
    found.some((one) => one.address === '0.0.0.0' && one.port === listener.port && one.protocol === listener.protocol);
  // /proc does not show IPV6_V6ONLY; ss(8) gets it from netlink and is needed only here.
  if (!found.some((one) => one.address === '::' && !v4(one))) return found;
  const only = parseV6only((await output(host, 'ss', ['-Hlntue'])) ?? '');
  return found.map((one) =>
    one.address === '::' && only.has(`${one.protocol}:${one.port}`) ? { ...one, v6only: true } : one,
  );
}

/** TCP_LISTEN, and TCP_CLOSE for UDP, which means an unconnected socket. */
const waiting = { tcp: '0A', udp: '07' } as const;

export function parseSockets(text: string, protocol: 'tcp' | 'udp'): readonly Listener[] {
  return text.split('\n').flatMap((line): Listener[] => {
    const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /i.exec(line);
    if (match === null || match[3]?.toUpperCase() !== waiting[protocol]) return [];
    const address = readWords(match[1] ?? '');
    return [{ protocol, address, port: Number.parseInt(match[2] ?? '', 16), v6only: false }];
  });
}

/** Ports of `ss -Hlntue` that listen on IPv6 alone: `tcp:554`. */
export function parseV6only(text: string): ReadonlySet<string> {
  const found = text.split('\n').flatMap((line) => {
    const match = /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(?:\[::\]|\*):(\d+)\s.*\bv6only:1\b/.exec(line);
    return match === null ? [] : [`${match[1]}:${match[2]}`];
  });
  return new Set(found);
}

/** Words of 32 bits as the processor has them in memory, which is little-endian wherever Linux runs video servers. */
function readWords(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join('.');
  // ::ffff:a.b.c.d
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255)
    return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return shortest(groups);
}

/** RFC 5952 section 4.2: the first longest run of two or more zero groups is `::`. */
function shortest(groups: readonly string[]): string {
  let best = { at: 0, length: 1 };
  for (let at = 0; at < groups.length; at += 1) {
    let length = 0;
    while (groups[at + length] === '0') length += 1;
    if (length > best.length) best = { at, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`;
}
