import type { Command } from '../../services.ts';
import { repositoryFile } from '../../source-file.ts';

/** Four seconds of ffmpeg's testsrc and sine: H.264 without B-frames, 160x120 at 10/s, a key frame each second, and AAC. */
const CLIP = 'test/lab/guest/matrix/servers/clip.flv';

/** Debian's alternatives for these are links that only an installation makes. */
const LIBRARIES = ['blas', 'lapack', 'pulseaudio'].map((name) => `/usr/lib/x86_64-linux-gnu/${name}`);

export const RTMP_STREAM = 'cam1';

export interface EncoderOptions {
  readonly application?: string;
  readonly stream?: string;
  readonly port?: number;
}

/**
 * An encoder that publishes to nginx-rtmp on its own host for ever, and comes back when it was thrown out. It only copies,
 * so that it costs next to nothing; timestamps go on rising over the end of the clip. SIGSTOP to its process group: its
 * connection stays and nothing comes. SIGKILL: its connection ends.
 */
export function encoder({ application = 'live', stream = RTMP_STREAM, port = 1935 }: EncoderOptions = {}): Command {
  return forEver([...PUBLISH, '-f', 'flv', `rtmp://127.0.0.1:${port}/${application}/${stream}`]);
}

/** The same into a relay that takes ANNOUNCE and RECORD, such as rtsp-server-perl. Pictures only. */
export function rtspEncoder(port: number, stream = RTMP_STREAM): Command {
  return forEver([...PUBLISH, '-an', '-f', 'rtsp', '-rtsp_transport', 'udp', `rtsp://127.0.0.1:${port}/${stream}`]);
}

const PUBLISH = ['-nostdin', '-v', 'fatal', '-re', '-stream_loop', '-1', '-i', repositoryFile(CLIP), '-c', 'copy'];

function forEver(args: readonly string[]): Command {
  return {
    file: '/bin/sh',
    args: ['-c', 'while :; do ffmpeg "$@"; sleep 0.2; done', 'encoder', ...args],
    env: { LD_LIBRARY_PATH: LIBRARIES.join(':') },
  };
}
