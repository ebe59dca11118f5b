import type { Monitor } from '../src/plugin/plugin.ts';
import { bandwidth } from './bandwidth.ts';
import { command } from './command.ts';
import { cpu } from './cpu.ts';
import { disk } from './disk.ts';
import { hls } from './hls.ts';
import { http } from './http.ts';
import { load } from './load.ts';
import { memory } from './memory.ts';
import { mms } from './mms.ts';
import { mmsh } from './mmsh.ts';
import { nginxRtmp } from './nginx-rtmp.ts';
import { ping } from './ping.ts';
import { rtmp } from './rtmp.ts';
import { rtsp } from './rtsp.ts';
import { tcp } from './tcp.ts';
import { udp } from './udp.ts';
import { vip } from './vip.ts';
import { wcs } from './wcs.ts';

/** All monitors, by their `type` in the configuration. */
export const monitors: ReadonlyMap<string, Monitor> = new Map(
  [
    tcp,
    udp,
    ping,
    rtsp,
    rtmp,
    nginxRtmp,
    http,
    hls,
    mmsh,
    mms,
    wcs,
    cpu,
    load,
    bandwidth,
    memory,
    disk,
    vip,
    command,
  ].map((monitor) => [monitor.type, monitor]),
);
