import type { Monitor } from '../src/plugin.ts';
import { command } from './command.ts';
import { cpu } from './cpu.ts';
import { rtmp } from './rtmp.ts';
import { rtsp } from './rtsp.ts';
import { tcp } from './tcp.ts';
import { vip } from './vip.ts';
import { wcs } from './wcs.ts';

/** Every monitor there is, by its `type` in the configuration. */
export const monitors: ReadonlyMap<string, Monitor> = new Map(
  [tcp, rtsp, rtmp, wcs, cpu, vip, command].map((monitor) => [monitor.type, monitor]),
);
