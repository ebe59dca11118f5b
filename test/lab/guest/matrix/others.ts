/** Servers that stand ready on edge1 to take a service's place: well themselves, and not what was asked for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Command } from '../services.ts';
import { prepareService } from '../services.ts';
import { sourceFile } from '../source-file.ts';
import { imposters } from './servers/imposters.ts';
import { windowsMedia } from './servers/windows-media.ts';

export const otherPorts = {
  /** Accepts and is silent. */
  silent: 9000,
  /** RTMP with the application, and nobody has published. */
  rtmpEmpty: 9001,
  /** RTMP without the application. */
  rtmpOther: 9002,
  /** RTMP that lets nobody play. */
  rtmpDenied: 9003,
  /** 404 for all but `/stat`, which knows of no stream. */
  webEmpty: 9004,
  /** 403. */
  webForbidden: 9005,
  /** The HLS lists of some time ago. */
  webStale: 9006,
  /** HLS lists, and 404 for what they name. */
  webLists: 9007,
  /** `{}`. */
  webBraces: 9008,
  /** 404. */
  webNothing: 9009,
  /** RTSP that wants a password. */
  rtspGuarded: 9010,
  /** RTSP without the stream. */
  rtspEmpty: 9011,
  /** Metrics of a machine that is far too busy. */
  webBusy: 9012,
  /** Windows Media without the file. */
  mmsEmpty: 9013,
  mmshEmpty: 9014,
  /** Windows Media that denies access. */
  mmsDenied: 9015,
  mmshDenied: 9016,
  /** Windows Media with no room for more viewers. */
  mmsFull: 9017,
  mmshFull: 9018,
} as const;

export function otherCommands(folder: string): Readonly<Record<string, () => Command>> {
  return {
    others: () => otherServer(path.join(folder, 'others'), folder),
    silence: () => imposters({ port: otherPorts.silent, over: 'tcp', mode: 'silent' }),
    windowsEmpty: () => windowsMedia('not-found', { mms: otherPorts.mmsEmpty, mmsh: otherPorts.mmshEmpty }),
    windowsDenied: () => windowsMedia('refused', { mms: otherPorts.mmsDenied, mmsh: otherPorts.mmshDenied }),
    windowsFull: () => windowsMedia('full', { mms: otherPorts.mmsFull, mmsh: otherPorts.mmshFull }),
    rtspOthers: () => rtspOthers(folder),
  };
}

const busyMetrics = [
  ...['node_load1', 'node_load5', 'node_load15'].map((name) => `${name} 99`),
  ...['idle', 'user'].map((mode) => `node_cpu_seconds_total{cpu="0",mode="${mode}"} 1000`),
  '',
].join('\n');

function otherServer(own: string, folder: string): Command {
  mkdirSync(own, { recursive: true });
  const config = path.join(own, 'others.conf');
  const {
    rtmpEmpty,
    rtmpOther,
    rtmpDenied,
    webEmpty,
    webForbidden,
    webStale,
    webLists,
    webBraces,
    webNothing,
    webBusy,
  } = otherPorts;
  const lines = [
    'load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;',
    'user root; daemon off; worker_processes 1;',
    `pid ${own}/others.pid; error_log ${own}/others.log;`,
    'events { worker_connections 256; }',
    'rtmp {',
    `  server { listen ${rtmpEmpty}; application live { live on; } }`,
    `  server { listen ${rtmpOther}; application radio { live on; } }`,
    `  server { listen ${rtmpDenied}; application live { live on; deny play all; } }`,
    '}',
    'http { access_log off; types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; }',
    `  server { listen ${webEmpty}; location = /stat { rtmp_stat all; } location / { return 404; } }`,
    `  server { listen ${webForbidden}; location / { return 403; } }`,
    `  server { listen ${webStale}; location / { root ${folder}/stale; } }`,
    `  server { listen ${webLists}; location ~ m3u8$ { root ${folder}/media/hls; } location / { return 404; } }`,
    `  server { listen ${webBraces}; default_type application/json; location / { return 200 '{}'; } }`,
    `  server { listen ${webNothing}; location / { return 404; } }`,
    `  server { listen ${webBusy}; default_type text/plain; location / { return 200 '${busyMetrics}'; } }`,
    '}',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  return { file: 'nginx', args: ['-p', '/usr/share/nginx/', '-c', config] };
}

function rtspOthers(folder: string): Command {
  const ports = [String(otherPorts.rtspGuarded), String(otherPorts.rtspEmpty)];
  const { env } = prepareService('rtsp', folder);
  const command = { file: '/usr/bin/python3', args: [sourceFile('matrix/rtsp-others.py'), ...ports] };
  return env === undefined ? command : { ...command, env };
}
