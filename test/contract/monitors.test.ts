import { cpu } from '../../monitors/cpu.ts';
import { hls } from '../../monitors/hls.ts';
import { http } from '../../monitors/http.ts';
import { memory } from '../../monitors/memory.ts';
import { mms } from '../../monitors/mms.ts';
import { mmsh } from '../../monitors/mmsh.ts';
import { nginxRtmp } from '../../monitors/nginx-rtmp.ts';
import { rtmp } from '../../monitors/rtmp.ts';
import { rtsp } from '../../monitors/rtsp.ts';
import { tcp } from '../../monitors/tcp.ts';
import { wcs } from '../../monitors/wcs.ts';
import type { Monitor } from '../../src/plugin/plugin.ts';
import { httpAnswer, prepare, sample } from '../monitors/sample.ts';
import { type MonitorSubject, monitorContract } from './monitor.ts';

function checks(monitor: Monitor, options: object): MonitorSubject['check'] {
  return (port) => prepare(monitor, { ...options, port });
}

const httpError = { answer: 'HTTP/1.0 400 Bad Request\r\n\r\n' };
const httpFlood = { head: 'HTTP/1.1 200 OK\r\n\r\n', filler: 'x', summary: 'answer too long' };

monitorContract('tcp with an expected answer', {
  check: checks(tcp, { send: String.raw`PING\r\n`, expect: String.raw`/^PONG-{40}\r\n/` }),
  goodAnswer: Buffer.from(`PONG${'-'.repeat(40)}\r\n`),
  sick: 'fail',
  silence: 'no answer to `PING\\r\\n`',
  reset: 'reset after `PING\\r\\n`',
  truncated: 'expected `/^PONG-{40}\\r\\n/`, got `PONG-------------------`',
  wrongProtocol: { ...httpError, summary: ', got `HTTP/1.0 400 Bad Request`' },
  garbage: ', got `[A(`',
  flood: { head: '', filler: 'x', summary: ', got `xxxxxxxxxx' },
});

monitorContract('rtsp', {
  check: checks(rtsp, {}),
  goodAnswer: sample('rtsp/gst-options-200.res'),
  sick: 'fail',
  silence: 'no answer to OPTIONS',
  reset: 'reset after OPTIONS',
  wrongProtocol: { ...httpError, summary: 'expected RTSP, got `HTTP/1.0 400 Bad Request`' },
  garbage: 'expected RTSP, got',
  flood: { head: 'RTSP/1.0 200 OK\r\n', filler: 'x', summary: 'answer longer than 64 kB' },
});

monitorContract('rtsp at the level describe', {
  check: checks(rtsp, { level: 'describe' }),
  goodAnswer: Buffer.from(
    sample('rtsp/gst-describe-200.res').toString('latin1').replace('CSeq: 2', 'CSeq: 1'),
    'latin1',
  ),
  sick: 'fail',
  silence: 'no answer to DESCRIBE',
  reset: 'reset after DESCRIBE',
  wrongProtocol: { ...httpError, summary: 'expected RTSP, got `HTTP/1.0 400 Bad Request`' },
  garbage: 'expected RTSP, got',
  flood: { head: 'RTSP/1.0 200 OK\r\n', filler: 'x', summary: 'answer longer than 64 kB' },
});

const rtmpStream = sample('rtmp/nginx-play-live.server.bin');
const rtmpFaults = {
  sick: 'fail',
  silence: 'no answer to handshake',
  reset: 'reset after handshake',
  wrongProtocol: { ...httpError, summary: 'expected RTMP version 3, got `HTTP/1.0 400 Bad Request`' },
  garbage: 'expected RTMP version 3, got',
} as const;

monitorContract('rtmp with the handshake alone', {
  ...rtmpFaults,
  check: checks(rtmp, {}),
  goodAnswer: rtmpStream.subarray(0, 3073),
  flood: { head: '', filler: 'x', summary: 'expected RTMP version 3, got `xxxxxxx' },
});

monitorContract('rtmp with an application', {
  ...rtmpFaults,
  check: checks(rtmp, { app: 'live' }),
  goodAnswer: rtmpStream.subarray(0, 3600),
  flood: { head: '', filler: '\x03', summary: 'expected RTMP chunks, got a message inside a message' },
});

monitorContract('wcs', {
  check: checks(wcs, { limits: { publishers: 100 } }),
  goodAnswer: httpAnswer(sample('wcs/wcs-stat.json')),
  sick: 'fail',
  silence: 'no answer to GET',
  reset: 'reset after GET',
  wrongProtocol: { answer: 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n', summary: 'expected HTTP, got `RTSP/1.0 200 OK`' },
  garbage: 'expected HTTP, got',
  flood: httpFlood,
});

monitorContract('nginx_rtmp', {
  check: checks(nginxRtmp, { streams: ['live/test'] }),
  goodAnswer: httpAnswer(sample('nginx-rtmp/stat-live-1pub-1play.xml')),
  sick: 'fail',
  silence: 'no answer to GET',
  reset: 'reset after GET',
  wrongProtocol: { answer: 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n', summary: 'expected HTTP, got `RTSP/1.0 200 OK`' },
  garbage: 'expected HTTP, got',
  flood: httpFlood,
});

monitorContract('cpu by way of node_exporter', {
  check: checks(cpu, { limit: 1000 }),
  goodAnswer: httpAnswer(sample('cpu/node-exporter.prom')),
  sick: 'unknown',
  silence: 'no CPU reading: no answer to GET',
  reset: 'no CPU reading: reset after GET',
  wrongProtocol: { answer: 'RTSP/1.0 200 OK\r\n\r\n', summary: 'no CPU reading: expected HTTP, got `RTSP/1.0 200 OK`' },
  garbage: 'expected HTTP, got',
  flood: httpFlood,
});

const httpFaults = {
  sick: 'fail',
  silence: 'no answer to GET',
  reset: 'reset after GET',
  wrongProtocol: { answer: 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n', summary: 'expected HTTP, got `RTSP/1.0 200 OK`' },
  garbage: 'expected HTTP, got',
  flood: httpFlood,
} as const;

monitorContract('http with a body', {
  ...httpFaults,
  check: checks(http, { body: 'alive' }),
  goodAnswer: httpAnswer(`${'-'.repeat(100)} alive`),
});

monitorContract('hls', {
  ...httpFaults,
  check: checks(hls, { path: '/live/test.m3u8' }),
  // Whatever is asked for; the segment is on another server.
  goodAnswer: httpAnswer(
    '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.000,\nhttp://cdn.example.org/test-4.ts\n#EXT-X-ENDLIST\n',
  ),
});

monitorContract('mmsh', {
  ...httpFaults,
  check: checks(mmsh, { path: '/live' }),
  // Its head and the beginning of a packet: of a stream without end no more is read.
  goodAnswer: sample('mms/mmsh-vlc-answer.server.bin').subarray(0, 268),
  flood: { head: 'HTTP/1.1 200 OK\r\n\r\n', filler: 'x', summary: 'expected Windows Media, got' },
});

monitorContract('memory by way of an agent', {
  check: checks(memory, { via: 'agent' }),
  goodAnswer: Buffer.from('up 85%\n{"understudy_agent":1,"age_ms":1200,"figures":{"memory":40},"missing":{}}\n'),
  sick: 'unknown',
  silence: 'no memory reading: no answer to metrics',
  reset: 'no memory reading: reset after metrics',
  wrongProtocol: { ...httpError, summary: 'expected the figures of understudy agent, got `HTTP/1.0 400 Bad Request`' },
  garbage: 'expected the figures of understudy agent, got',
  flood: { head: 'up\n{', filler: 'x', summary: 'answer longer than 64 kB' },
});

monitorContract('mms', {
  check: checks(mms, {}),
  goodAnswer: sample('mms/mmst-connected-min.server.bin'),
  sick: 'fail',
  silence: 'no answer to connect',
  reset: 'reset after connect',
  wrongProtocol: { ...httpError, summary: 'expected MMS, got `HTTP/1.0 400 Bad Request`' },
  garbage: 'expected MMS, got',
  flood: { head: '', filler: 'x', summary: 'expected MMS, got `xxxxxxxxxx' },
});
