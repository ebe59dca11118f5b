// Proves that the lab itself works: every part of the cluster once, without the product.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import { ADDRESS, type Cluster, FWMARK, SERVERS, startCluster } from './cluster.ts';
import { nowMs, pauseMs, until } from './program.ts';
import { PORTS } from './services.ts';
import { runSmokeOfMarks } from './smoke-marks.ts';
import { pooled, readTable, untilPooled } from './table.ts';
import type { Visit } from './viewer.ts';

const beganMs = nowMs();

function say(text: string): void {
  console.log(`${((nowMs() - beganMs) / 1000).toFixed(2).padStart(7)} s  ${text}`);
}

function check(what: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`expected ${what}; table ${JSON.stringify(readTable())}`);
  say(`ok: ${what}`);
}

function median(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toFixed(1);
}

function servedBy(visits: readonly Visit[]): string {
  const names = visits.filter(({ error }) => error === null).map(({ server }) => server ?? 'nobody');
  return [...new Set(names)].sort().join(' ');
}

async function measureCosts(cluster: Cluster): Promise<void> {
  const spawns: number[] = [];
  for (let i = 0; i < 11; i++) {
    const atMs = nowMs();
    await cluster.ipvsadm('-E', '-f', '2', '-s', 'rr');
    spawns.push(nowMs() - atMs);
  }
  const hot = spawn('ipvsadm', ['-R'], { stdio: ['pipe', 'inherit', 'inherit'] });
  const lines: number[] = [];
  for (let i = 0; i < 22; i++) {
    const isThere = i % 2 === 0;
    const atMs = nowMs();
    hot.stdin.write(isThere ? `-a -f 2 -r ${ADDRESS.edge1} -g -w 1\n` : `-d -f 2 -r ${ADDRESS.edge1}\n`);
    while (pooled('fwm 2').length !== (isThere ? 1 : 0) && nowMs() < atMs + 2000) await new Promise(setImmediate);
    lines.push(nowMs() - atMs);
  }
  hot.stdin.end();
  const reads = Array.from({ length: 21 }, () => {
    const atMs = nowMs();
    readFileSync('/proc/net/ip_vs');
    return nowMs() - atMs;
  });
  const timers: number[] = [];
  for (let i = 0; i < 21; i++) {
    const atMs = nowMs();
    await pauseMs(2);
    timers.push(nowMs() - atMs);
  }
  say(
    `spawn of ipvsadm ${median(spawns)} ms, line to ipvsadm -R ${median(lines)} ms, read of /proc/net/ip_vs ${median(reads)} ms, 2 ms timer ${median(timers)} ms`,
  );
}

/** From SIGKILL until the director sees the end of a connection it held to that process. */
async function timeToNotice(cluster: Cluster): Promise<number> {
  const socket = net.connect({ host: ADDRESS.spare, port: PORTS.rtmp });
  socket.on('error', () => {});
  let closedMs: number | null = null;
  socket.resume().once('close', () => {
    closedMs = nowMs();
  });
  await once(socket, 'connect', { signal: AbortSignal.timeout(5000) });
  await pauseMs(50);
  const killedMs = cluster.kill('spare', 'rtmp', 'SIGKILL');
  const tookMs = (await until('the held connection ends', () => closedMs, 5000)) - killedMs;
  await cluster.startServer('spare', ['rtmp']);
  return tookMs;
}

async function page(url: string): Promise<string> {
  return await (await fetch(url, { signal: AbortSignal.timeout(5000) })).text();
}

async function runSmoke(cluster: Cluster): Promise<void> {
  say('network is up');
  for (const server of SERVERS) await cluster.startServer(server);
  say('nginx-rtmp, GStreamer, WCS and CPU pages run on all servers');

  await cluster.ipvsadm('-A', '-f', '2', '-s', 'rr');
  await measureCosts(cluster);
  await cluster.ipvsadm('-D', '-f', '2');
  await cluster.ipvsadm('-A', '-f', String(FWMARK), '-s', 'rr');
  for (const server of ['edge1', 'edge2'] as const) {
    await cluster.ipvsadm('-a', '-f', String(FWMARK), '-r', ADDRESS[server], '-g', '-w', '1');
  }
  await untilPooled([ADDRESS.edge1, ADDRESS.edge2], 2000);

  check(
    'WCS stats',
    (await page(`http://${ADDRESS.edge1}:8081/?action=stat&format=json`)).includes('"streams_rtsp_in":"5"'),
  );
  cluster.setWcsStat('edge1', { streams_rtsp_in: '120' });
  check('changed WCS stats', (await page(`http://${ADDRESS.edge1}:8081/`)).includes('"streams_rtsp_in":"120"'));
  check('CPU page', (await page(`http://${ADDRESS.spare}:9100/metrics`)).includes('node_load5 0.4'));
  check('RTMP stat page', (await page(`http://${ADDRESS.edge2}:8080/stat`)).includes('<rtmp>'));

  const both = `${ADDRESS.edge1} ${ADDRESS.edge2}`;
  for (const protocol of ['rtmp', 'rtsp'] as const) {
    const viewer = cluster.viewer({ protocol, everyMs: 100 });
    await until(`${protocol} visits`, () => viewer.visits.length >= 8, 20_000);
    const visits = await viewer.stop();
    check(`${protocol} through the VIP from both servers`, servedBy(visits) === both);
    say(`${protocol}: ${visits.length} visits, median ${median(visits.map(({ tookMs }) => tookMs))} ms`);
  }

  const stream = await cluster.stream({ protocol: 'rtsp', timeoutMs: 5000 });
  await until('pictures', () => stream.bytes() > 20_000, 20_000);
  check(`rtsp stream from ${stream.server}`, stream.server !== null && stream.closed() === null);
  await stream.stop();

  const viewer = cluster.viewer({ everyMs: 50 });
  await until('first visits', () => viewer.visits.length >= 4, 20_000);
  cluster.kill('edge1', 'rtmp', 'SIGKILL');
  const refused = await until(
    'a refused visit',
    () => viewer.visits.find(({ error }) => error === 'ECONNREFUSED'),
    5000,
  );
  check('edge1 refuses after the kill', refused.server === ADDRESS.edge1);
  await cluster.startServer('edge1', ['rtmp']);
  const cutMs = await cluster.linkDown('edge2');
  const silent = await until(
    'a silent visit',
    () => viewer.visits.find(({ atMs, error }) => atMs > cutMs && error !== null),
    10_000,
  );
  check(`edge2 is silent after its link is cut (${silent.error})`, silent.server === ADDRESS.edge2);
  await cluster.linkUp('edge2');
  const upMs = nowMs();
  await until(
    'edge2 back',
    () => viewer.visits.find((visit) => visit.atMs > upMs && visit.server === ADDRESS.edge2 && visit.error === null),
    10_000,
  );
  say('edge2 serves again after its link is back');
  await viewer.stop();

  const noticed: number[] = [];
  for (let i = 0; i < 5; i++) noticed.push(await timeToNotice(cluster));
  say(
    `kill -9 of nginx closes a held connection in ${median(noticed)} ms, slowest ${Math.max(...noticed).toFixed(1)} ms`,
  );

  await cluster.netem('edge1', { delayMs: 50, jitterMs: 25, lossPercent: 2 });
  const beforeMs = nowMs();
  await page(`http://${ADDRESS.edge1}:8081/`);
  check('netem slows the link', nowMs() - beforeMs > 50);
  await cluster.netem('edge1', null);
  cluster.kill('edge1', 'rtsp', 'SIGSTOP');
  cluster.kill('edge1', 'rtsp', 'SIGCONT');
}

const cluster = await startCluster();
try {
  await runSmoke(cluster);
  await runSmokeOfMarks(cluster, check);
  say('all is well');
} finally {
  await cluster.stop();
}
