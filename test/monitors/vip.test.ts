import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { vip } from '../../monitors/vip.ts';
import type { Target } from '../../src/plugin/plugin.ts';
import { closedPort, listen } from './bad-servers.ts';
import { contextOf, runCheck } from './context.ts';
import { prepare } from './sample.ts';

const check = prepare(vip, { address: '127.0.0.1', port: 1 });

function targetOn(port: number, sourcePorts: readonly number[], witnessPorts: readonly number[] = []): Target {
  const witnesses = witnessPorts.map((sourcePort) => ({ address: '127.0.0.1', sourcePorts: [sourcePort] }));
  return { server: 'edge1', address: '127.0.0.1', path: { vip: '127.0.0.1', port, sourcePorts, witnesses } };
}

describe('vip', () => {
  it('comes from one of its source ports, and closes by reset', async () => {
    const from: number[] = [];
    const server = await listen((socket: Socket) => void from.push(socket.remotePort ?? 0));
    const source = await closedPort();
    const target = targetOn(server.port, [source]);
    expect(await runCheck(check, 2000, target)).toEqual({ status: 'ok', summary: 'answers on the VIP' });
    expect(await runCheck(check, 2000, target)).toMatchObject({ status: 'ok' });
    expect(from).toEqual([source, source]);
    await expect.poll(() => server.open()).toBe(0);
    await server.close();
  });

  it('takes another of its source ports when one is in use', async () => {
    const server = await listen(() => {});
    const target = targetOn(server.port, [server.port, await closedPort()]);
    expect(await runCheck(check, 2000, target)).toMatchObject({ status: 'ok' });
    await server.close();
  });

  it('cannot tell when all of them are in use', async () => {
    const server = await listen(() => {});
    const verdict = await runCheck(check, 2000, targetOn(server.port, [server.port]));
    expect(verdict).toMatchObject({ status: 'unknown', summary: expect.stringContaining('no free source port') });
    await server.close();
  });

  it('does not believe a refusal that every way gives', async () => {
    const closed = await closedPort();
    const verdict = await runCheck(check, 2000, targetOn(closed, [await closedPort()], [await closedPort()]));
    expect(verdict).toMatchObject({ status: 'unknown', summary: expect.stringContaining('through no other server') });
  });

  it('takes no witness to which the director speaks from another address: that interface may be at fault', async () => {
    const closed = await closedPort();
    const path = { vip: '127.0.0.1', port: closed, sourcePorts: [await closedPort()] };
    const witnesses = [{ address: '::1', sourcePorts: [await closedPort()] }];
    const target: Target = { server: 'edge1', address: '127.0.0.1', path: { ...path, witnesses } };
    const verdict = await runCheck(check, 2000, target);
    expect(verdict).toMatchObject({
      status: 'unknown',
      summary: expect.stringContaining('no other server to compare'),
    });
  });

  it('cannot tell while the director has no route to the server', async () => {
    const server = await listen(() => {});
    // The one address to which no kernel lets a plain socket speak.
    const target = { ...targetOn(server.port, [await closedPort()]), address: '255.255.255.255' };
    const verdict = await runCheck(check, 2000, target);
    expect(verdict).toMatchObject({ status: 'unknown', summary: expect.stringMatching(/EACCES|ENETUNREACH/) });
    await server.close();
  });

  it('cannot tell without a way', async () => {
    const verdict = await runCheck(check, 2000, { server: 'edge1', address: '127.0.0.1' });
    expect(verdict).toMatchObject({ status: 'unknown' });
  });

  it('rejects when it was called off before it began', async () => {
    const reason = new Error('shutdown');
    const running = check(targetOn(1, [await closedPort()]), contextOf(AbortSignal.abort(reason)));
    await expect(running).rejects.toBe(reason);
  });
});
