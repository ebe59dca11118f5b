import type { Command } from '../../services.ts';
import { sourceFile } from '../../source-file.ts';

/** `announce`: where a source comes to; `play`: where its viewers do. */
export const RELAY_PORTS = { play: 8554, announce: 5545 } as const;

/**
 * rtsp-server-perl, which relays what a source announced to it: `rtspEncoder(RELAY_PORTS.announce)`. Without a source it has
 * no stream, and a source that is frozen leaves the stream there without a picture. By UDP only.
 */
export function rtspRelay(): Command {
  return {
    file: '/usr/bin/perl',
    args: [sourceFile('matrix/servers/rtsp-relay.pl'), String(RELAY_PORTS.play), String(RELAY_PORTS.announce)],
  };
}
