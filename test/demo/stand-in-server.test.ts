import { afterEach, beforeEach, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../demo/stand-in-server.ts';
import { rtmp } from '../../monitors/rtmp.ts';
import { rtsp } from '../../monitors/rtsp.ts';
import { wcs } from '../../monitors/wcs.ts';
import { loopback, runCheck } from '../monitors/context.ts';
import { prepare } from '../monitors/sample.ts';

let standIn: StandIn;
beforeEach(async () => {
  standIn = await startStandIn(loopback.address, { rtsp: 0, rtmp: 0, wcs: 0 });
});
afterEach(() => standIn.close());

it('a stand-in satisfies every monitor that the demo uses', async () => {
  const { ports } = standIn;
  const limits = { publishers: 100, subscribers: 100, hls: 100, band_in: 100, band_out: 100 };
  const verdicts = await Promise.all([
    runCheck(prepare(rtsp, { port: ports.rtsp })),
    runCheck(prepare(rtmp, { port: ports.rtmp })),
    runCheck(prepare(rtmp, { port: ports.rtmp, app: 'live' })),
    runCheck(prepare(wcs, { port: ports.wcs, limits })),
  ]);
  expect(verdicts.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok']);
});

it('a stand-in that finds a port taken says so and leaves nothing open', async () => {
  const ports = { rtsp: 0, rtmp: 0, wcs: standIn.ports.wcs };
  await expect(startStandIn(loopback.address, ports)).rejects.toThrow('EADDRINUSE');
});
