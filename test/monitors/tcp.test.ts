import { describe, expect, it } from 'vitest';
import { tcp } from '../../monitors/tcp.ts';
import { answer, type Behaviour, listen, silent } from './bad-servers.ts';
import { contextOf, loopback, recordTrace, runCheck } from './context.ts';
import { prepare } from './sample.ts';

describe('tcp', () => {
  it('is content with a connect when nothing is to be sent or expected', async () => {
    const server = await listen(silent);
    const check = prepare(tcp, { port: server.port });
    expect(await runCheck(check)).toEqual({ status: 'ok', summary: 'connected' });
    await server.close();
  });

  it('reaches an IPv6 address', async () => {
    const server = await listen(silent, '::1');
    const check = prepare(tcp, { port: server.port });
    expect(await runCheck(check, 5000, { server: 'edge1', address: '::1' })).toMatchObject({ status: 'ok' });
    await server.close();
  });

  it('never asks a name server', async () => {
    const verdict = await runCheck(prepare(tcp, { port: 1 }), 5000, { server: 'edge1', address: 'edge1.example' });
    expect(verdict).toMatchObject({ status: 'unknown', summary: 'cannot connect: ENOTFOUND' });
  });

  const greets: Behaviour = (socket) => void socket.write('220 ready\r\n');
  const upper: Behaviour = (socket) => void socket.on('data', (bytes) => socket.write(bytes.toString().toUpperCase()));
  it.each<[sentence: string, Behaviour, options: object, status: string]>([
    ['finds a literal in a greeting', greets, { expect: '220 ' }, 'ok'],
    ['finds a regular expression in a greeting', greets, { expect: '/^220 READY$/im' }, 'ok'],
    ['takes any answer when it sends and expects nothing', upper, { send: 'x' }, 'ok'],
    ['understands escapes in both texts', upper, { send: String.raw`a\r\n\x62`, expect: String.raw`A\r\nB` }, 'ok'],
    ['fails when the whole line is another', greets, { expect: '221' }, 'fail'],
  ])('%s', async (_sentence, behave, options, status) => {
    const server = await listen(behave);
    expect(await runCheck(prepare(tcp, { ...options, port: server.port }), 400)).toMatchObject({ status });
    await server.close();
  });

  it('finds what is expected across two packets', async () => {
    const server = await listen((socket) => {
      socket.write('PO');
      setImmediate(() => socket.write('NG'));
    });
    expect(await runCheck(prepare(tcp, { port: server.port, expect: 'PONG' }))).toMatchObject({ status: 'ok' });
    await server.close();
  });

  it('writes the conversation and its phases down', async () => {
    const server = await listen(answer('PONG'));
    const { trace, recorded } = recordTrace();
    const check = prepare(tcp, { port: server.port, send: 'PING', expect: 'PONG' });
    await check(loopback, contextOf(new AbortController().signal, trace));
    expect(recorded).toEqual({ phases: ['tcp', 'first byte'], sent: 'PING', received: 'PONG' });
    await server.close();
  });

  it('gives up on an expression that would take for ever, and blames nobody', async () => {
    const server = await listen(answer(`${'a'.repeat(60)}!`));
    const check = prepare(tcp, { port: server.port, send: 'x', expect: '/^(a+)+$/' });
    expect(await runCheck(check, 2000)).toMatchObject({
      status: 'unknown',
      summary: 'gave up on `/^(a+)+$/`: it takes too long',
    });
    await server.close();
  });

  it('says what it waited for when it was connected and heard no greeting', async () => {
    const server = await listen(silent);
    const verdict = await runCheck(prepare(tcp, { port: server.port, expect: '220' }), 100);
    expect(verdict).toMatchObject({ status: 'fail', summary: 'no answer to greeting', silent: true });
    await server.close();
  });

  it('refuses a broken regular expression in the configuration', () => {
    expect(tcp.options.safeParse({ port: 1, expect: '/(/' }).error?.issues[0]?.message).toContain('expected a text');
  });

  it('holds its tripwire on the port it checks', () => {
    expect(tcp.tripwirePort({ port: 7 })).toBe(7);
  });
});
