import type { Monitor } from '../src/plugin.ts';
import { command } from './command.ts';
import { cpu } from './cpu.ts';
import { hls } from './hls.ts';
import { http } from './http.ts';
import { mmsh } from './mmsh.ts';
import { nginxRtmp } from './nginx-rtmp.ts';
import { ping } from './ping.ts';
import { rtmp } from './rtmp.ts';
import { rtsp } from './rtsp.ts';
import { tcp } from './tcp.ts';
import { udp } from './udp.ts';
import { vip } from './vip.ts';
import { wcs } from './wcs.ts';

/** Every monitor there is, by its `type` in the configuration. */
export const monitors: ReadonlyMap<string, Monitor> = new Map(
  [tcp, udp, ping, rtsp, rtmp, nginxRtmp, http, hls, mmsh, wcs, cpu, vip, command].map((monitor) => [
    monitor.type,
    monitor,
  ]),
);
