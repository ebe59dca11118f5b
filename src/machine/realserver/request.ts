/** Parses the arguments of `understudy realserver`. */
import { parseAddress } from '../../config/addresses.ts';

export interface Vip {
  readonly address: string;
  readonly family: 4 | 6;
}

/** A port that must be listening; `protocol` null: TCP or UDP. */
export interface WantedPort {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | null;
}

export type ServerForward = 'dr' | 'tun';

export interface ServerRequest {
  readonly vips: readonly Vip[];
  /** null: not given. */
  readonly forward: ServerForward | null;
  readonly ports: readonly WantedPort[];
}

export interface RequestWords {
  readonly vip?: readonly string[] | undefined;
  readonly forward?: string | undefined;
  readonly port?: readonly string[] | undefined;
}

/** More are hardly intended; each is a route and a line in several files. */
const mostVips = 64;

export function readRequest(words: RequestWords): { readonly request: ServerRequest } | { readonly wrong: string } {
  const { vip: texts = [], forward, port: ports = [] } = words;
  if (texts.length === 0) return { wrong: '--vip: expected the address that viewers connect to, got none' };
  if (texts.length > mostVips) return { wrong: `--vip: expected at most ${mostVips}, got ${texts.length}` };
  const vips = new Map<string, Vip>();
  for (const text of texts) {
    const vip = readVip(text);
    if (typeof vip === 'string') return { wrong: `--vip: expected ${vip}, got \`${text.slice(0, 100)}\`` };
    vips.set(vip.address, vip);
  }
  const method = (['dr', 'tun'] as const).find((one) => one === forward) ?? null;
  if (forward !== undefined && method === null) return { wrong: wrongForward(forward) };
  const wanted: WantedPort[] = [];
  for (const text of ports) {
    const port = readPort(text);
    if (port === null)
      return { wrong: `--port: expected a port such as 554, 554/tcp or 6970/udp, got \`${text.slice(0, 100)}\`` };
    wanted.push(port);
  }
  const request = { vips: [...vips.values()], forward: method, ports: wanted };
  const mixed = wrongFamilies(request.vips, request.forward);
  return mixed === null ? { request } : { wrong: mixed };
}

/** A tunnel device accepts packets of one family. */
export function wrongFamilies(vips: readonly Vip[], forward: ServerForward | null): string | null {
  if (forward !== 'tun' || new Set(vips.map(({ family }) => family)).size < 2) return null;
  return '--forward tun: expected addresses of one family, got IPv4 and IPv6';
}

/** The VIP, or a description of what was expected. */
export function readVip(text: string): Vip | string {
  const parsed = parseAddress(text);
  if (!('ok' in parsed)) return parsed.expected;
  const address = parsed.ok;
  const family = address.includes(':') ? 6 : 4;
  if (/^127\./.test(address) || address === '::1') return 'an address that viewers reach, not loopback';
  if (/^fe[89ab]/.test(address) || /^169\.254\./.test(address)) return 'an address that is routed, not link-local';
  if (/^2[45]\d\./.test(address)) return 'the address of one machine, not a reserved one';
  return { address, family };
}

function readPort(text: string): WantedPort | null {
  const match = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(text);
  const port = Number(match?.[1]);
  if (match === null || port < 1 || port > 65_535) return null;
  return { port, protocol: match[2] === 'tcp' || match[2] === 'udp' ? match[2] : null };
}

function wrongForward(forward: string): string {
  const nat =
    forward === 'nat' ? '; with nat a video server needs nothing but its route back through the director' : '';
  return `--forward: expected dr or tun, got \`${forward.slice(0, 100)}\`${nat}`;
}
