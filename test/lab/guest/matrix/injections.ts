/** How each fault of the matrix is done to edge1. All of it is taken back by the edge's `mend`. */
import type { FaultName } from '../../matrix/faults.ts';
import type { Cluster } from '../cluster.ts';
import { type Edge, servicePorts } from './edge.ts';
import { otherPorts as to } from './others.ts';

interface Place {
  readonly cluster: Cluster;
  readonly edge: Edge;
}

const stat = 8080;
const hls = 8088;
const relay = 8554;
const web = [8000, 8081] as const;

export const injections: Readonly<Record<FaultName, (place: Place) => unknown>> = {
  'process killed': ({ edge }) => edge.services('SIGKILL'),
  'process stopped': ({ edge }) => edge.services('SIGSTOP'),
  'link down': ({ cluster }) => cluster.linkDown('edge1'),
  'port dropped': ({ edge }) => edge.firewall('DROP'),
  'port rejected': ({ edge }) => edge.firewall('REJECT'),
  'accept, then silence': ({ edge }) => edge.redirect(servicePorts.tcp.map((port) => [port, to.silent])),
  'wrong protocol': ({ edge }) =>
    edge.redirect([
      ...[554, 8554, 1755, 1935, 9707].map((port) => [port, 8000] as const),
      ...[80, 322, 443, 1936, 9100, stat, hls, ...web].map((port) => [port, relay] as const),
    ]),
  'encoder frozen': ({ edge }) => edge.encoders('SIGSTOP'),
  'encoder gone': ({ edge }) => edge.encoders('SIGKILL'),
  'stream missing': ({ edge }) =>
    edge.redirect([
      [1935, to.rtmpEmpty],
      [554, to.rtspEmpty],
      [8554, to.rtspEmpty],
      [1755, to.mmsEmpty],
      [80, to.mmshEmpty],
      [stat, to.webEmpty],
      [hls, to.webEmpty],
    ]),
  'application refused': ({ edge }) =>
    edge.redirect([
      [1935, to.rtmpOther],
      [554, to.rtspGuarded],
      [8554, to.rtspGuarded],
      [1755, to.mmsDenied],
      [80, to.mmshDenied],
      ...[stat, hls, ...web].map((port) => [port, to.webForbidden] as const),
    ]),
  'play denied': ({ edge }) => edge.redirect([[1935, to.rtmpDenied]]),
  'list stale': ({ edge }) => {
    edge.copyLists();
    return edge.redirect([[hls, to.webStale]]);
  },
  'list 404': ({ edge }) => edge.redirect([[hls, to.webNothing]]),
  'segments 404': ({ edge }) => edge.redirect([[hls, to.webLists]]),
  'limit reached': ({ edge }) => {
    edge.publish('cam2');
    edge.wcs({ streams_rtsp_in: '120' });
    return edge.redirect([
      [80, to.mmshFull],
      [9100, to.webBusy],
    ]);
  },
  'stats missing': ({ edge }) =>
    edge.redirect([
      [stat, to.webNothing],
      [8081, to.webBraces],
      [9100, to.webBraces],
    ]),
  'certificate expired': ({ edge }) => edge.certificate('expired'),
  'VIP missing': ({ cluster }) => cluster.vipOnLo('edge1', false),
};
