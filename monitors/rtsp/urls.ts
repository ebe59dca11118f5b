import { bracketed, hostPort } from '../shared/peer.ts';
import type { Session, Track } from './sdp.ts';

/** RFC 2326, section 3.2; RFC 7826, section 4.2. */
const rtspPort = 554;
const rtspsPort = 322;

export function usualPort(scheme: Place['scheme']): number {
  return scheme === 'rtsp' ? rtspPort : rtspsPort;
}

export interface Place {
  readonly scheme: 'rtsp' | 'rtsps';
  readonly address: string;
  readonly port: number;
  readonly path: string;
}

export function rtspUrl({ scheme, address, port, path }: Place): string {
  return `${scheme}://${port === usualPort(scheme) ? bracketed(address) : hostPort(address, port)}${path}`;
}

/** The base of relative control URLs (RFC 2326, section C.1.1). */
export function baseUrl(headers: ReadonlyMap<string, string>, asked: string): string {
  const given = [headers.get('content-base'), headers.get('content-location')];
  return given.find((url) => url !== undefined && isAbsolute(url)) ?? asked;
}

function isAbsolute(url: string): boolean {
  return /^rtsps?:\/\/[!-~]+$/i.test(url);
}

/**
 * Real servers mean "append", not the resolution of RFC 3986: with `rtsp://h/a` and `track1`, it is
 * `rtsp://h/a/track1`. null: it would break a request line.
 */
function controlUrl(base: string, control: string | null): string | null {
  if (control === null || control === '*') return base;
  if (!/^[!-~]+$/.test(control)) return null;
  if (isAbsolute(control)) return control;
  return `${base.replace(/\/+$/, '')}/${control.replace(/^\/+/, '')}`;
}

/** The URLs for SETUP of the track and PLAY of the session; null: the server's control URL is unusable. */
export function playUrls(base: string, session: Session, track: Track): { setup: string; play: string } | null {
  const setup = controlUrl(base, track.control);
  const play = controlUrl(base, session.control);
  return setup === null || play === null ? null : { setup, play };
}

/** The same server with another path or port; null: another server, or not an RTSP URL of the same kind. */
export function redirectPlace(location: string, from: Place, name: string | null): Place | null {
  const to = parse(location);
  if (to === null || to.protocol !== `${from.scheme}:`) return null;
  const own = parse(`${from.scheme}://${bracketed(from.address)}/`)?.hostname;
  if (to.hostname !== own && to.hostname.toLowerCase() !== name?.toLowerCase()) return null;
  const port = to.port === '' ? usualPort(from.scheme) : Number(to.port);
  return { ...from, port, path: `${to.pathname === '' ? '/' : to.pathname}${to.search}` };
}

function parse(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
