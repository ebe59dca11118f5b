/**
 * The matrix as it has to be, written down by hand. A column that a row does not name stays ok, unmoved, as long as the
 * fault lasts.
 */
import type { ColumnName } from './columns.ts';
import type { FaultName } from './faults.ts';

export interface Cell {
  /** `unknown`: the status stays as it was, since nobody can tell. */
  readonly verdict: 'ok' | 'overloaded' | 'fail' | 'unknown';
  readonly words: string | RegExp | null;
  /** From the fault. */
  readonly withinMs: number;
}

/** The cells that move. */
export type Row = Readonly<Partial<Record<ColumnName, Cell>>>;

/** The emulated processor is slow and shared by both sides: what needs 2 s elsewhere may need more here. */
const spareMs = 3000;

const of =
  (verdict: Cell['verdict']) =>
  (words: string | RegExp, withinS: number): Cell => ({ verdict, words, withinMs: withinS * 1000 + spareMs });
const fail = of('fail');
const full = of('overloaded');
const unknown = of('unknown');

/** A check every 2 s, and a second one that confirms. Held connections tell of a death at once. */
const soon = 4;
/** A check every 4 s that lasts 3.5 s, and a second one. */
const late = 11;
/** A check every 4 s, and for an `unknown` the next one. */
const slow = 10;
/** The same as `soon` of the silent: each of the two checks lasts its second. */
const silent = 5;

const refused = fail('refused', soon);
const noConnect = fail('no answer to TCP connect', silent);
const noConnectLate = fail('no answer to TCP connect', late);
/** The kernel gives the host up after three seconds without its link. */
const dark = fail(/^(no answer to TCP connect|host unreachable)$/, silent);
const darkLate = fail(/^(no answer to TCP connect|host unreachable)$/, late);

/** While the check `rtmp stream` waits there, nginx has a stream with a viewer and without a publisher. */
const noPublisher = fail(/^(stream missing|publisher gone): live\/cam1$/, soon);
const darkReading = /^no CPU reading: (no answer to TCP connect|host unreachable)$/;

export const expected: Readonly<Record<FaultName, Row>> = {
  'process killed': {
    tcp: refused,
    udp: refused,
    'rtsp tcp': refused,
    'rtsp options': refused,
    'rtsp describe': refused,
    'rtsp play': fail('refused', late),
    'rtmp tcp': refused,
    'rtmp handshake': refused,
    'rtmp connect': refused,
    'rtmp stream': fail('refused', late),
    nginx_rtmp: refused,
    hls: refused,
    http: refused,
    https: refused,
    wcs: refused,
    'command exit': fail(/Connection refused/, late),
    'command nagios': fail(/Connection refused/, late),
    vip: fail('refused on the VIP', soon),
    'rtsp play, relay': fail('refused', late),
    'rtsps options': refused,
    'rtmps connect': refused,
    'mms file': refused,
    mmsh: refused,
    'cpu node_exporter': unknown('no CPU reading: refused', slow),
    'cpu agent': unknown('no CPU reading: refused', slow),
    'cpu snmp': unknown(/^no CPU reading: (refused|no answer to SNMP)$/, slow),
  },
  'process stopped': {
    udp: fail('no answer to the datagram', silent),
    // Six connections fit into GStreamer's queue; after them nobody gets in.
    'rtsp tcp': noConnectLate,
    'rtsp options': fail(/^no answer to (OPTIONS|TCP connect)$/, silent),
    'rtsp describe': fail(/^no answer to (DESCRIBE|TCP connect)$/, silent),
    'rtsp play': fail(/^no answer to (DESCRIBE|TCP connect)$/, late),
    'rtmp handshake': fail('no answer to handshake', silent),
    'rtmp connect': fail('no answer to handshake', silent),
    'rtmp stream': fail('no answer to handshake', late),
    nginx_rtmp: fail('no answer to GET', silent),
    hls: fail('no answer to GET', silent),
    http: fail('no answer to GET', silent),
    https: fail('tls: no answer to the handshake', silent),
    wcs: fail('no answer to GET', silent),
    'rtsp play, relay': fail('no answer to DESCRIBE', late),
    'rtsps options': fail('tls: no answer to the handshake', silent),
    'rtmps connect': fail('tls: no answer to the handshake', silent),
    'mms file': fail('no answer to connect', silent),
    mmsh: fail('no answer to GET', silent),
    'cpu node_exporter': unknown('no CPU reading: no answer to GET', slow),
    'cpu agent': unknown('no CPU reading: no answer to metrics', slow),
    'cpu snmp': unknown('no CPU reading: no answer to SNMP', slow),
  },
  'link down': {
    tcp: dark,
    udp: fail(/^(no answer to the datagram|host unreachable)$/, silent),
    ping: fail(/^(no answer to ping|host is unreachable)$/, late),
    'rtsp tcp': dark,
    'rtsp options': dark,
    'rtsp describe': dark,
    'rtsp play': darkLate,
    'rtmp tcp': dark,
    'rtmp handshake': dark,
    'rtmp connect': dark,
    'rtmp stream': darkLate,
    nginx_rtmp: dark,
    hls: dark,
    http: dark,
    https: dark,
    wcs: dark,
    'command exit': fail('no verdict', late),
    'command nagios': fail(/./, late),
    vip: fail('no answer on the VIP', silent),
    'rtsp play, relay': darkLate,
    'rtsps options': dark,
    'rtmps connect': dark,
    'mms file': dark,
    mmsh: dark,
    'cpu node_exporter': unknown(darkReading, slow),
    'cpu agent': unknown(darkReading, slow),
    'cpu snmp': unknown(/^no CPU reading: (no answer to SNMP|host unreachable)$/, slow),
  },
  'port dropped': {
    tcp: noConnect,
    udp: fail('no answer to the datagram', silent),
    'rtsp tcp': noConnect,
    'rtsp options': noConnect,
    'rtsp describe': noConnect,
    'rtsp play': noConnectLate,
    'rtmp tcp': noConnect,
    'rtmp handshake': noConnect,
    'rtmp connect': noConnect,
    'rtmp stream': noConnectLate,
    nginx_rtmp: noConnect,
    hls: noConnect,
    http: noConnect,
    https: noConnect,
    wcs: noConnect,
    'command exit': fail('no verdict', late),
    'command nagios': fail(/./, late),
    vip: fail('no answer on the VIP', silent),
    'rtsp play, relay': noConnectLate,
    'rtsps options': noConnect,
    'rtmps connect': noConnect,
    'mms file': noConnect,
    mmsh: noConnect,
    'cpu node_exporter': unknown('no CPU reading: no answer to TCP connect', slow),
    'cpu agent': unknown('no CPU reading: no answer to TCP connect', slow),
    'cpu snmp': unknown('no CPU reading: no answer to SNMP', slow),
  },
  'port rejected': {
    tcp: refused,
    udp: refused,
    'rtsp tcp': refused,
    'rtsp options': refused,
    'rtsp describe': refused,
    'rtsp play': fail('refused', late),
    'rtmp tcp': refused,
    'rtmp handshake': refused,
    'rtmp connect': refused,
    'rtmp stream': fail('refused', late),
    nginx_rtmp: refused,
    hls: refused,
    http: refused,
    https: refused,
    wcs: refused,
    'command exit': fail(/Connection refused/, late),
    'command nagios': fail(/Connection refused/, late),
    vip: fail('refused on the VIP', soon),
    'rtsp play, relay': fail('refused', late),
    'rtsps options': refused,
    'rtmps connect': refused,
    'mms file': refused,
    mmsh: refused,
    'cpu node_exporter': unknown('no CPU reading: refused', slow),
    'cpu agent': unknown('no CPU reading: refused', slow),
    'cpu snmp': unknown(/^no CPU reading: (refused|no answer to SNMP)$/, slow),
  },
  'accept, then silence': {
    'rtsp options': fail('no answer to OPTIONS', silent),
    'rtsp describe': fail('no answer to DESCRIBE', silent),
    'rtsp play': fail('no answer to DESCRIBE', late),
    'rtmp handshake': fail('no answer to handshake', silent),
    'rtmp connect': fail('no answer to handshake', silent),
    'rtmp stream': fail('no answer to handshake', late),
    nginx_rtmp: fail('no answer to GET', silent),
    hls: fail('no answer to GET', silent),
    http: fail('no answer to GET', silent),
    https: fail('tls: no answer to the handshake', silent),
    wcs: fail('no answer to GET', silent),
    'rtsp play, relay': fail('no answer to DESCRIBE', late),
    'rtsps options': fail('tls: no answer to the handshake', silent),
    'rtmps connect': fail('tls: no answer to the handshake', silent),
    'mms file': fail('no answer to connect', silent),
    mmsh: fail('no answer to GET', silent),
    'cpu node_exporter': unknown('no CPU reading: no answer to GET', slow),
    'cpu agent': unknown('no CPU reading: no answer to metrics', slow),
  },
  'wrong protocol': {
    'rtsp options': fail(/^expected RTSP, got `HTTP\/1\.1 4/, soon),
    'rtsp describe': fail(/^expected RTSP, got `HTTP\/1\.1 4/, soon),
    'rtsp play': fail(/^expected RTSP, got `HTTP\/1\.1 4/, late),
    'rtmp handshake': fail(/^expected RTMP version 3, got `HTTP/, soon),
    'rtmp connect': fail(/^expected RTMP version 3, got `HTTP/, soon),
    'rtmp stream': fail(/^expected RTMP version 3, got `HTTP/, late),
    nginx_rtmp: fail(/^expected HTTP, got `RTSP/, soon),
    hls: fail(/^expected HTTP, got `RTSP/, soon),
    http: fail(/^expected HTTP, got `RTSP/, soon),
    https: fail('tls: expected TLS, got another protocol', soon),
    wcs: fail(/^expected HTTP, got `RTSP/, soon),
    'rtsp play, relay': fail(/^expected RTSP, got `HTTP\/1\.1 4/, late),
    'rtsps options': fail('tls: expected TLS, got another protocol', soon),
    'rtmps connect': fail('tls: expected TLS, got another protocol', soon),
    'mms file': fail(/^expected MMS, got `HTTP/, soon),
    mmsh: fail(/^expected HTTP, got `RTSP/, soon),
    'cpu node_exporter': unknown(/^no CPU reading: expected HTTP, got `RTSP/, slow),
    'cpu agent': unknown(/^no CPU reading: expected the figures of understudy agent, got `HTTP/, slow),
  },
  'encoder frozen': {
    'rtmp stream': fail('no media: publisher frozen or absent', late),
    nginx_rtmp: fail('stream stalled: live/cam1', 9),
    hls: fail('list is stale', 10),
    'rtsp play, relay': fail('no moving picture', late),
  },
  'encoder gone': {
    'rtmp stream': fail('no such stream', late),
    nginx_rtmp: noPublisher,
    hls: fail('list is stale', 10),
    // rtsp-server-perl keeps the stream of a source that was cut off, and lets no other one take it over.
    'rtsp play, relay': fail('no moving picture', late),
  },
  'stream missing': {
    'rtsp describe': fail('stream missing', soon),
    'rtsp play': fail('stream missing', late),
    'rtmp stream': fail('no such stream', late),
    nginx_rtmp: noPublisher,
    hls: fail('list is gone: expected HTTP 200, got `404`', soon),
    'rtsp play, relay': fail('stream missing', late),
    'mms file': fail('file refused: not found', soon),
    mmsh: fail('expected HTTP 200, got `404`', soon),
  },
  'application refused': {
    'rtsp describe': fail('needs credentials', soon),
    'rtsp play': fail('needs credentials', late),
    'rtmp connect': fail('connection refused by application', soon),
    'rtmp stream': fail('connection refused by application', late),
    nginx_rtmp: fail('expected HTTP 200, got `403`', soon),
    hls: fail('expected HTTP 200, got `403`', soon),
    http: fail('expected HTTP 200, got `403`', soon),
    wcs: fail('expected HTTP 200, got `403`', soon),
    'rtsp play, relay': fail('needs credentials', late),
    'mms file': fail('connection refused: access denied', soon),
    mmsh: fail('expected HTTP 200, got `401`', soon),
  },
  'play denied': {
    'rtmp stream': fail('play denied', late),
  },
  'list stale': {
    hls: fail('list is stale', 10),
  },
  'list 404': {
    hls: fail('list is gone: expected HTTP 200, got `404`', soon),
  },
  'segments 404': {
    hls: fail('newest segment: expected HTTP 200, got `404`', soon),
  },
  'limit reached': {
    nginx_rtmp: full('limit reached: publishers', soon + 2),
    wcs: full('limit reached: publishers', soon),
    mmsh: full('overloaded: HTTP 503', soon),
    'cpu node_exporter': full('limit reached: cpu', slow),
  },
  'stats missing': {
    nginx_rtmp: fail('expected HTTP 200, got `404`', soon),
    wcs: unknown('expected a number for streams_webrtc_in, got none', soon),
    'cpu node_exporter': unknown('no CPU reading: expected the metrics of node_exporter, got none', slow),
  },
  'certificate expired': {
    https: fail('tls: certificate expired', soon),
    'rtsps options': fail('tls: certificate expired', soon),
    'rtmps connect': fail('tls: certificate expired', soon),
  },
  'VIP missing': {
    vip: fail('no answer on the VIP', silent),
  },
};
