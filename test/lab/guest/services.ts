import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { sourceFile } from './source-file.ts';

/**
 * rtmp: nginx with its rtmp module. rtsp: GStreamer. wcs: stats of a Flashphoner WCS. cpu: a node_exporter page.
 * echo: says its own address to whoever says anything, over TCP and UDP.
 */
export type ServiceName = 'rtmp' | 'rtsp' | 'wcs' | 'cpu' | 'echo';

export const PORTS: Readonly<Record<ServiceName, number>> = { rtmp: 1935, rtsp: 554, wcs: 8081, cpu: 9100, echo: 7000 };

/** Where `echo` listens beside its own port: Windows Media's, and RTP's. */
const ECHO_TCP = [80, 1755, 8090];
const ECHO_UDP = [554, 1755, 4000, 6970];

/** nginx-rtmp's `/stat`, in the same process as rtmp. */
export const RTMP_STAT_PORT = 8080;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const WCS_STAT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  connections_stats: { connections: '14', connections_websocket: '12', connections_hls: '2' },
  streams_stats: {
    streams_webrtc_in: '3',
    streams_webrtc_out: '9',
    streams_websocket_out: '1',
    streams_rtmp_in: '2',
    streams_rtmp_out: '4',
    streams_rtmp_client_out: '1',
    streams_rtmfp_in: '0',
    streams_rtmfp_out: '0',
    streams_rtsp_in: '5',
    streams_rtsp_out: '0',
    streams_rtsp_push_in: '1',
    streams_hls: '2',
    streams_viewers: '17',
    streams_synchronization: 'test/0;cam1/-12',
  },
  network_stats: { global_bandwidth_in: '21.374', global_bandwidth_out: '63.1' },
};

/** Writes the stats file with some values changed, for example `{ streams_rtsp_in: '120' }`. */
export function writeWcsStat(folder: string, changes: Readonly<Record<string, string>> = {}): void {
  const groups = Object.entries(WCS_STAT).map(([group, values]) => {
    const changed = Object.keys(values).filter((key) => key in changes);
    return [group, { ...values, ...Object.fromEntries(changed.map((key) => [key, changes[key]])) }];
  });
  replaceFile(path.join(folder, 'wcs.json'), JSON.stringify(Object.fromEntries(groups)));
}

/** A node_exporter page of a host with `cpus` processors and this load, in each of its three means. */
export function writeCpuLoad(folder: string, load5: number, cpus = 4): void {
  const seconds = Array.from({ length: cpus }, (_, cpu) =>
    ['idle', 'user', 'system', 'iowait'].map((mode) => `node_cpu_seconds_total{cpu="${cpu}",mode="${mode}"} 1000`),
  );
  const loads = ['node_load1', 'node_load5', 'node_load15'].flatMap((name) => [
    `# TYPE ${name} gauge`,
    `${name} ${load5}`,
  ]);
  const text = [...loads, '# TYPE node_cpu_seconds_total counter', ...seconds.flat(), ''].join('\n');
  replaceFile(path.join(folder, 'metrics'), text);
}

/** All at once: who reads meanwhile gets the one or the other. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** Writes what the service needs into the server's folder; gives the command to run in its namespace. */
export function prepareService(name: ServiceName, folder: string): Command {
  mkdirSync(folder, { recursive: true });
  switch (name) {
    case 'rtmp':
      return nginx(folder, name, rtmpConfig());
    case 'wcs':
      if (!existsSync(path.join(folder, 'wcs.json'))) writeWcsStat(folder);
      return nginx(folder, name, pageConfig(PORTS.wcs, '/', path.join(folder, 'wcs.json'), 'application/json'));
    case 'cpu':
      if (!existsSync(path.join(folder, 'metrics'))) writeCpuLoad(folder, 0.4);
      return nginx(folder, name, pageConfig(PORTS.cpu, '/metrics', path.join(folder, 'metrics'), 'text/plain'));
    case 'rtsp':
      return {
        file: '/usr/bin/python3',
        args: [sourceFile('rtsp-server.py'), '0.0.0.0', String(PORTS.rtsp)],
        env: gstreamerEnv(path.dirname(folder)),
      };
    case 'echo':
      return { file: '/usr/bin/python3', args: [sourceFile('echo-server.py'), path.basename(folder), ...echoPorts()] };
    default:
      return name satisfies never;
  }
}

function echoPorts(): readonly string[] {
  return [
    [PORTS.echo, ...ECHO_TCP],
    [PORTS.echo, ...ECHO_UDP],
  ].map((ports) => ports.join(','));
}

function nginx(folder: string, name: string, body: string): Command {
  const config = path.join(folder, `${name}.conf`);
  const head = [
    'load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;',
    'user root; daemon off; worker_processes 1;',
    `pid ${folder}/${name}.pid; error_log /var/log/nginx/error.log;`,
    'events { worker_connections 256; }',
  ];
  writeFileSync(config, [...head, body, ''].join('\n'));
  return { file: 'nginx', args: ['-p', '/usr/share/nginx/', '-c', config] };
}

function rtmpConfig(): string {
  return [
    `rtmp { server { listen ${PORTS.rtmp}; chunk_size 4096; ping 10m; application live { live on; } } }`,
    `http { access_log off; server { listen ${RTMP_STAT_PORT};`,
    '  location /stat { rtmp_stat all; } location /control { rtmp_control all; } } }',
  ].join('\n');
}

function pageConfig(port: number, at: string, file: string, type: string): string {
  return `http { access_log off; server { listen ${port};
    location = ${at} { types {} default_type ${type}; root /; rewrite ^ ${file} break; } } }`;
}

/** Only the plugins in use: reading all that there are takes GStreamer many seconds here. */
function gstreamerEnv(folder: string): Record<string, string> {
  const plugins = path.join(folder, 'gstreamer');
  const all = '/usr/lib/x86_64-linux-gnu/gstreamer-1.0';
  const used = /^libgst(coreelements|videotestsrc|videoconvert\w*|x264|rtp|rtpmanager|udp|tcp|app)\.so$/;
  mkdirSync(plugins, { recursive: true });
  for (const name of readdirSync(all).filter((file) => used.test(file))) {
    if (!existsSync(path.join(plugins, name))) symlinkSync(path.join(all, name), path.join(plugins, name));
  }
  return {
    GST_PLUGIN_SYSTEM_PATH_1_0: plugins,
    GST_REGISTRY_1_0: path.join(folder, 'gstreamer-registry.bin'),
    GST_REGISTRY_FORK: 'no',
  };
}
