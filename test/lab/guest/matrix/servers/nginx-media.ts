/** nginx as a video server has it: RTMP with its stat page and HLS in one process, web pages with TLS in another. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Command } from '../../services.ts';
import { placeCertificate, type Validity } from './certificates.ts';

export const MEDIA_PORTS = { rtmp: 1935, stat: 8080, hls: 8088 } as const;
/** 80 is Windows Media's in this cluster. */
export const WEB_PORTS = { http: 8000, https: 443 } as const;

/**
 * live: HLS lists stay as they are when the encoder is gone or frozen (stale). swept: nginx removes them some 12 s later (404).
 * closed: lets nobody play or publish. An application of any other name is unknown: nginx hangs up after `connect`.
 */
export type Application = 'live' | 'swept' | 'closed';

const FRAGMENT_S = 1;
const LIST_S = 6;

/** The path of a stream's list on MEDIA_PORTS.hls. */
export function hlsPath(stream: string, application: 'live' | 'swept' = 'live'): string {
  return `/${application}/${stream}.m3u8`;
}

/** The folder should be in memory, as all of the guest's /run is. Lists of an earlier run are removed. */
export function mediaServer(folder: string): Command {
  const hls = path.join(folder, 'hls');
  rmSync(hls, { recursive: true, force: true });
  for (const application of ['live', 'swept']) mkdirSync(path.join(hls, application), { recursive: true });
  return nginx(folder, 'media', [
    `rtmp { server { listen ${MEDIA_PORTS.rtmp}; chunk_size 4096; ping 10m;`,
    `  application live { live on; ${hlsInto(hls, 'live')} hls_cleanup off; }`,
    `  application swept { live on; ${hlsInto(hls, 'swept')} }`,
    '  application closed { live on; deny publish all; deny play all; }',
    '} }',
    'http { access_log off;',
    `  server { listen ${MEDIA_PORTS.stat};`,
    '    location /stat { rtmp_stat all; } location /control { rtmp_control all; } }',
    `  server { listen ${MEDIA_PORTS.hls}; ${TYPES}`,
    `    location / { root ${hls}; add_header Cache-Control no-cache; } }`,
    '}',
  ]);
}

/**
 * A page that says `{"status":"ok"}`, by http and https. A process of its own, because `placeCertificate` and a reload
 * (SIGHUP to the process group) swap the certificate: nginx-rtmp would lose sight of its streams over that.
 */
export function webServer(folder: string, validity: Validity = 'good'): Command {
  const { cert, key } = placeCertificate(folder, validity);
  const page = `default_type application/json; location / { return 200 '{"status":"ok"}'; }`;
  return nginx(folder, 'web', [
    'http { access_log off;',
    `  server { listen ${WEB_PORTS.http}; ${page} }`,
    `  server { listen ${WEB_PORTS.https} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key}; ${page} }`,
    '}',
  ]);
}

const TYPES = 'types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; }';

function hlsInto(folder: string, application: string): string {
  const list = `hls_fragment ${FRAGMENT_S}s; hls_playlist_length ${LIST_S}s;`;
  return `hls on; hls_path ${path.join(folder, application)}; ${list}`;
}

function nginx(folder: string, name: string, body: readonly string[]): Command {
  mkdirSync(folder, { recursive: true });
  const config = path.join(folder, `${name}.conf`);
  const head = [
    'load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;',
    'user root; daemon off; worker_processes 1;',
    `pid ${folder}/${name}.pid; error_log ${folder}/${name}.log;`,
    'events { worker_connections 256; }',
  ];
  writeFileSync(config, [...head, ...body, ''].join('\n'));
  return { file: 'nginx', args: ['-p', '/usr/share/nginx/', '-c', config] };
}
