/** The columns of the matrix: what is asked of the server that is made to fail. */

export interface Column {
  /** Of the monitor, as in docs/monitors/, and its level; of more than one server, which. */
  readonly name: string;
  /** Of edge1, which faults of single ports hit; 0: none. */
  readonly port: number;
  /** As in the configuration. `AUTHORITY` stands for the file of the lab's own authority. */
  readonly options: string;
}

const often = 'interval: 2s';
/** Each answer costs the server something. */
const sometimes = 'interval: 4s';
/** A stream is watched for seconds. */
const watching = 'interval: 4s, timeout: 3.5s';
/** A program is started. */
const seldom = 'interval: 4s, timeout: 2s';

/** SNMP's question for the time since its start, to the lab's community: a real service that speaks UDP. */
const snmpQuestion = '302d020101040a6c61622d7075626c6963a01c020400000001020100020100300e300c06082b060102010103000500';
const tls = 'tls: { name: video.example, ca: AUTHORITY }';

export const columns = [
  { name: 'tcp', port: 8088, options: `type: tcp, port: 8088, ${often}` },
  {
    name: 'udp',
    port: 161,
    options: `type: udp, port: 161, send_hex: "${snmpQuestion}", expect_hex: "30", match: prefix, ${often}`,
  },
  { name: 'ping', port: 0, options: `type: ping, ${seldom}` },
  { name: 'rtsp tcp', port: 554, options: `type: rtsp, level: tcp, ${often}` },
  { name: 'rtsp options', port: 554, options: `type: rtsp, level: options, path: /live, ${often}` },
  { name: 'rtsp describe', port: 554, options: `type: rtsp, level: describe, path: /live, ${often}` },
  { name: 'rtsp play', port: 554, options: `type: rtsp, level: play, path: /live, ${watching}` },
  {
    name: 'rtsp play, relay',
    port: 8554,
    options: `type: rtsp, level: play, port: 8554, path: /cam1, transport: udp, ${watching}`,
  },
  { name: 'rtsps options', port: 322, options: `type: rtsp, level: options, path: /live, ${tls}, ${often}` },
  { name: 'rtmp tcp', port: 1935, options: `type: rtmp, level: tcp, ${often}` },
  { name: 'rtmp handshake', port: 1935, options: `type: rtmp, level: handshake, ${often}` },
  { name: 'rtmp connect', port: 1935, options: `type: rtmp, level: connect, app: live, ${often}` },
  {
    name: 'rtmp stream',
    port: 1935,
    options: `type: rtmp, level: stream, app: live, stream: cam1, stall: 2s, ${watching}`,
  },
  { name: 'rtmps connect', port: 1936, options: `type: rtmp, level: connect, port: 1936, app: live, ${tls}, ${often}` },
  {
    name: 'nginx_rtmp',
    port: 8080,
    options: `type: nginx_rtmp, streams: [live/cam1], limits: { publishers: 2 }, ${often}`,
  },
  { name: 'hls', port: 8088, options: `type: hls, port: 8088, path: /live/cam1.m3u8, ${often}` },
  { name: 'http', port: 8000, options: `type: http, port: 8000, json: "status == ok", ${often}` },
  { name: 'https', port: 443, options: `type: http, ${tls}, ${often}` },
  { name: 'mms file', port: 1755, options: `type: mms, level: file, path: /live, ${often}` },
  { name: 'mmsh', port: 80, options: `type: mmsh, path: /live, ${often}` },
  { name: 'wcs', port: 8081, options: `type: wcs, limits: { publishers: 100, subscribers: 100 }, ${often}` },
  { name: 'cpu node_exporter', port: 9100, options: `type: cpu, limit: 2000, ${sometimes}` },
  { name: 'cpu agent', port: 9707, options: `type: cpu, via: agent, limit: 2000, ${sometimes}` },
  { name: 'cpu snmp', port: 161, options: `type: cpu, via: snmp, community: lab-public, limit: 2000, ${sometimes}` },
  {
    name: 'command exit',
    port: 1935,
    options: `type: command, run: [/bin/bash, -c, "exec 3<>/dev/tcp/{address}/1935"], ${seldom}`,
  },
  {
    name: 'command nagios',
    port: 1935,
    options: `type: command, convention: nagios, run: [/usr/lib/nagios/plugins/check_tcp, -H, "{address}", -p, "1935", -t, "1"], ${seldom}`,
  },
  { name: 'vip', port: 1935, options: `type: vip, address: 10.10.3.30, port: 1935, ${often}` },
] as const satisfies readonly Column[];

export type ColumnName = (typeof columns)[number]['name'];

/** Names in the configuration have no blanks. */
export function monitorName(column: ColumnName): string {
  return column.replaceAll(', ', '-').replaceAll(' ', '-');
}

export function columnOf(monitor: string): ColumnName | null {
  return columns.find(({ name }) => monitorName(name) === monitor)?.name ?? null;
}
