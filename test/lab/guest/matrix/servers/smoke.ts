// Starts each of these servers on edge1 once, and asks it with the product's own monitor.
import * as path from 'node:path';
import type { Verdict } from '../../../../../src/plugin/plugin.ts';
import { ADDRESS, type Cluster, startCluster } from '../../cluster.ts';
import { nowMs, type Program, until } from '../../program.ts';
import { type Command, PORTS, prepareService } from '../../services.ts';
import { AGENT_PORT, agent } from './agent.ts';
import { asker } from './ask.ts';
import { AUTHORITY, CERTIFICATE_NAME, placeCertificate } from './certificates.ts';
import { encoder, RTMP_STREAM, rtspEncoder } from './encoder.ts';
import { EXPORTER_PORT, nodeExporter } from './exporter.ts';
import { imposters } from './imposters.ts';
import { hlsPath, MEDIA_PORTS, mediaServer, WEB_PORTS, webServer } from './nginx-media.ts';
import { RELAY_PORTS, rtspRelay } from './rtsp-perl.ts';
import { SNMP_COMMUNITY, SNMP_V3, snmpd } from './snmp.ts';
import { FRONT_PORTS, tlsFronts } from './tls-fronts.ts';
import { windowsMedia } from './windows-media.ts';

const FOLDER = '/run/lab/edge1';
const beganMs = nowMs();
const wanted = process.argv.slice(2);

function say(text: string): void {
  console.log(`${((nowMs() - beganMs) / 1000).toFixed(2).padStart(7)} s  ${text}`);
}

type Options = Readonly<Record<string, unknown>>;

interface Stage {
  run(command: Command): Program;
  /** Asks until the verdict is that; says it. */
  expect(status: Verdict['status'], type: string, options: Options, timeoutMs?: number): Promise<Verdict>;
}

function stageOn(cluster: Cluster): Stage {
  return {
    run: ({ file, args, env }) => cluster.start('edge1', file, args, env ? { env } : {}),
    async expect(status, type, options, timeoutMs = 30_000) {
      const ask = asker(type, options, ADDRESS.edge1);
      let last: Verdict | null = null;
      const isSo = async (): Promise<Verdict | null> => {
        const askedMs = nowMs();
        last = await ask();
        return last.status === status ? Object.assign(last, { tookMs: nowMs() - askedMs }) : null;
      };
      const verdict = await until(`${status} of ${type}`, isSo, timeoutMs, 100).catch((error: Error) => {
        throw new Error(`${error.message}; last: ${JSON.stringify(last)}`);
      });
      say(`${type} ${JSON.stringify(options)}: ${JSON.stringify(verdict)}`);
      return verdict;
    },
  };
}

const parts: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async media({ run, expect }) {
    const server = run(mediaServer(path.join(FOLDER, 'media')));
    const publisher = run(encoder());
    const stream = { app: 'live', stream: RTMP_STREAM };
    await expect('ok', 'rtmp', { level: 'connect', ...stream });
    await expect('ok', 'rtmp', { level: 'stream', ...stream });
    await expect('ok', 'nginx_rtmp', { port: MEDIA_PORTS.stat, streams: [`live/${RTMP_STREAM}`] });
    await expect('ok', 'hls', { port: MEDIA_PORTS.hls, path: hlsPath(RTMP_STREAM) });
    await expect('fail', 'rtmp', { level: 'stream', app: 'closed', stream: RTMP_STREAM });
    publisher.kill('SIGSTOP');
    await expect('fail', 'rtmp', { level: 'stream', ...stream });
    await expect('fail', 'hls', { port: MEDIA_PORTS.hls, path: hlsPath(RTMP_STREAM) });
    publisher.kill('SIGCONT');
    await expect('ok', 'rtmp', { level: 'stream', ...stream });
    for (const program of [publisher, server]) program.kill('SIGKILL');
  },
  async swept({ run, expect }) {
    const server = run(mediaServer(path.join(FOLDER, 'media')));
    const publisher = run(encoder({ application: 'swept' }));
    const list = { port: MEDIA_PORTS.hls, path: hlsPath(RTMP_STREAM, 'swept') };
    await expect('ok', 'hls', list);
    publisher.kill('SIGSTOP');
    const ask = asker('hls', list, ADDRESS.edge1);
    const isGone = async (): Promise<boolean> => (await ask()).detail?.includes('404') === true;
    await until('the list is swept', isGone, 60_000, 250);
    await expect('fail', 'hls', list);
    for (const program of [publisher, server]) program.kill('SIGKILL');
  },
  async web({ run, expect }) {
    const folder = path.join(FOLDER, 'web');
    const web = run(webServer(folder));
    const tls = { ca: AUTHORITY, name: CERTIFICATE_NAME };
    const https = { port: WEB_PORTS.https, path: '/', tls };
    await expect('ok', 'http', { port: WEB_PORTS.http, path: '/' });
    await expect('ok', 'http', https);
    placeCertificate(folder, 'expired');
    web.kill('SIGHUP');
    await expect('fail', 'http', https);
    placeCertificate(folder, 'good');
    web.kill('SIGHUP');
    await expect('ok', 'http', https);
    web.kill('SIGKILL');
  },
  async fronts({ run, expect }) {
    const folder = path.join(FOLDER, 'fronts');
    const programs = [mediaServer(path.join(FOLDER, 'media')), encoder(), prepareService('rtsp', FOLDER)].map(run);
    const front = run(tlsFronts(folder));
    const tls = { ca: AUTHORITY, name: CERTIFICATE_NAME };
    const rtsps = { level: 'play', port: FRONT_PORTS.rtsps, path: '/live', tls };
    await expect('ok', 'rtsp', { port: PORTS.rtsp });
    await expect('ok', 'rtsp', rtsps);
    await expect('ok', 'rtmp', { port: FRONT_PORTS.rtmps, app: 'live', stream: RTMP_STREAM, tls });
    placeCertificate(folder, 'expired');
    front.kill('SIGHUP');
    await expect('fail', 'rtsp', rtsps);
    for (const program of [front, ...programs]) program.kill('SIGKILL');
  },
  async windows({ run, expect }) {
    const file = { level: 'file', path: '/live' };
    const live = run(windowsMedia());
    await expect('ok', 'mms', file);
    await expect('ok', 'mmsh', { path: '/live' });
    live.kill('SIGKILL');
    const empty = run(windowsMedia('not-found'));
    await expect('ok', 'mms', {});
    await expect('fail', 'mms', file);
    await expect('fail', 'mmsh', { path: '/live' });
    empty.kill('SIGKILL');
    const closed = run(windowsMedia('refused'));
    await until(
      'windows media refuses',
      async () => (await asker('mms', {}, ADDRESS.edge1)()).summary === 'connection refused: access denied',
      30_000,
      100,
    );
    await expect('fail', 'mmsh', { path: '/live' });
    closed.kill('SIGKILL');
  },
  async measures({ run, expect }) {
    const programs = [agent(), snmpd(path.join(FOLDER, 'snmp')), nodeExporter()].map(run);
    const v2c = { snmp: 'v2c', community: SNMP_COMMUNITY };
    const ways = [
      { via: 'agent', port: AGENT_PORT },
      { via: 'snmp', ...v2c },
      { via: 'snmp', ...SNMP_V3 },
      { via: 'node_exporter', port: EXPORTER_PORT },
    ];
    for (const way of ways) await expect('ok', 'cpu', { ...way, limit: 10_000 });
    await expect('ok', 'memory', { ...v2c, via: 'snmp' });
    await expect('unknown', 'memory', { ...v2c, via: 'snmp', community: 'wrong' });
    for (const program of programs) program.kill('SIGKILL');
  },
  async relay({ run, expect }) {
    const relay = run(rtspRelay());
    const at = { port: RELAY_PORTS.play, path: `/${RTMP_STREAM}` };
    await expect('ok', 'rtsp', { ...at, level: 'options' });
    await expect('fail', 'rtsp', { ...at, level: 'describe' });
    const source = run(rtspEncoder(RELAY_PORTS.announce));
    await expect('ok', 'rtsp', { ...at, level: 'describe' });
    await expect('ok', 'rtsp', { ...at, level: 'play', transport: 'udp' });
    source.kill('SIGSTOP');
    await expect('fail', 'rtsp', { ...at, level: 'play', transport: 'udp' });
    for (const program of [source, relay]) program.kill('SIGKILL');
  },
  async imposters({ run, expect }) {
    const program = run(
      imposters(
        { port: 21_001, over: 'tcp', mode: 'silent' },
        { port: 21_002, over: 'tcp', mode: 'http' },
        { port: 21_003, over: 'tcp', mode: 'ssh' },
        { port: 21_004, over: 'tcp', mode: 'rtmp' },
        { port: 21_005, over: 'tcp', mode: 'rtsp' },
        { port: 21_006, over: 'tcp', mode: 'hangup' },
        { port: 21_007, over: 'tcp', mode: 'reset' },
        { port: 21_008, over: 'udp', mode: 'noise' },
      ),
    );
    await expect('ok', 'tcp', { port: 21_001 });
    await expect('fail', 'rtsp', { port: 21_002 });
    await expect('fail', 'rtmp', { port: 21_003, level: 'handshake' });
    await expect('fail', 'http', { port: 21_004 });
    await expect('fail', 'http', { port: 21_005 });
    await expect('fail', 'rtsp', { port: 21_006 });
    await expect('fail', 'rtsp', { port: 21_007 });
    await expect('ok', 'udp', { port: 21_008, send: 'hello' });
    program.kill('SIGKILL');
  },
};

const cluster = await startCluster();
try {
  const stage = stageOn(cluster);
  for (const [name, play] of Object.entries(parts)) {
    if (wanted.length === 0 || wanted.includes(name)) await play(stage);
  }
  say('all is well');
} finally {
  await cluster.stop();
}
