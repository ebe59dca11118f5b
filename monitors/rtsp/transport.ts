/** The transport that a server chose (RFC 2326, section 12.39). */
export interface Transport {
  /** The RTP channel in the interleaved frames. */
  readonly channel: number;
  /** The source port of UDP, if the server announces it. */
  readonly source: string | null;
  /** The synchronization source that the server announces. */
  readonly ssrc: number | null;
}

export const overTcp = 'RTP/AVP/TCP;unicast;interleaved=0-1';

export function overUdp(port: number): string {
  return `RTP/AVP;unicast;client_port=${port}-${port + 1}`;
}

export function readTransport(value: string): Transport {
  const channel = /;[ \t]*interleaved=(\d{1,3})/i.exec(value)?.[1];
  const source = /;[ \t]*source="?([0-9A-Fa-f.:]+)/i.exec(value)?.[1];
  const ssrc = /;[ \t]*ssrc="?([0-9A-Fa-f]{1,8})\b/i.exec(value)?.[1];
  return {
    channel: Number(channel ?? 0),
    source: source ?? null,
    ssrc: ssrc === undefined ? null : Number.parseInt(ssrc, 16),
  };
}

/** Only the identifier is sent back (RFC 2326, section 12.37); null: it would break a request. */
export function sessionId(value: string | undefined): string | null {
  const id = /^[^;]*/.exec(value ?? '')?.[0].trim() ?? '';
  return /^[!-~]{1,512}$/.test(id) ? id : null;
}
