import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRtspHead } from '../../monitors/rtsp/answer.ts';
import { rtsp } from '../../monitors/rtsp.ts';
import { answer, listen } from './bad-servers.ts';
import { contextOf, loopback, recordTrace, runCheck } from './context.ts';
import { prepare, sample } from './sample.ts';

describe('readRtspHead', () => {
  it.each([
    ['gst-options-200', 200, 'OK', '1'],
    ['vlc-options-200', 200, 'OK', '1'],
    ['perl-options-200-no-cseq', 200, 'OK', undefined],
    ['gst-describe-200', 200, 'OK', '2'],
    ['gst-400-no-cseq', 400, 'Bad Request', undefined],
    ['perl-http-gives-two-400s', 400, 'Bad Request', undefined],
    ['vlc-501-html', 501, 'Not implemented', undefined],
    ['vlc-505', 505, 'Unknown RTSP version', undefined],
    ['vlc-setup-461', 461, 'Unsupported transport', '3'],
  ])('reads the captured answer %s', (name, status, reason, cseq) => {
    const head = readRtspHead(sample(`rtsp/${name}.res`).toString('latin1'));
    expect(head).toMatchObject({ status, reason });
    expect(typeof head === 'object' && head?.headers.get('cseq')).toBe(cseq);
  });

  it('takes bare line feeds', () => {
    expect(readRtspHead('RTSP/1.0 200 OK\nCSeq: 1\n\n')).toMatchObject({ status: 200, reason: 'OK' });
  });

  it('knows HTTP from RTSP', () => {
    expect(readRtspHead(sample('rtsp/gst-http-answer-on-rtsp-port.res').toString('latin1'))).toBe('malformed');
  });

  it('waits for the blank line, wherever the answer is cut', () => {
    const whole = sample('rtsp/gst-options-200.res').toString('latin1');
    for (let size = 0; size < whole.length; size += 1) expect(readRtspHead(whole.slice(0, size))).toBeNull();
  });

  it('never throws', () => {
    const nearly = fc.tuple(fc.constantFrom('', 'RTSP/1.0 200 OK\r\n', 'RTSP/'), fc.string(), fc.constant('\r\n\r\n'));
    fc.assert(fc.property(nearly, (parts) => void readRtspHead(parts.join(''))));
  });
});

describe('rtsp', () => {
  it.each([
    ['200', 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n', 'ok', 'answers OPTIONS'],
    ['200 without a CSeq', 'RTSP/1.0 200 OK\r\n\r\n', 'ok', 'answers OPTIONS'],
    ['200 with bare line feeds', 'RTSP/1.0 200 OK\nCSeq: 1\n\n', 'ok', 'answers OPTIONS'],
    ['200 of RTSP 2.0', 'RTSP/2.0 200 OK\r\nCSeq: 1\r\n\r\n', 'ok', 'answers OPTIONS'],
    ['401', 'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n', 'ok', 'answers OPTIONS'],
    ['453', 'RTSP/1.0 453 Not Enough Bandwidth\r\n\r\n', 'overloaded', 'overloaded: 453 Not Enough Bandwidth'],
    ['503', 'RTSP/1.0 503 Service Unavailable\r\n\r\n', 'overloaded', 'overloaded: 503 Service Unavailable'],
    ['400', 'RTSP/1.0 400 Bad Request\r\n\r\n', 'fail', 'expected 200, got `400 Bad Request`'],
    ['404', 'RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n', 'fail', 'expected 200, got `404 Not Found`'],
    ['500', 'RTSP/1.0 500 Oops\r\n\r\n', 'fail', 'expected 200, got `500 Oops`'],
    ['another CSeq', 'RTSP/1.0 200 OK\r\nCSeq: 7\r\n\r\n', 'fail', 'expected CSeq 1, got `7`'],
    ['a broken status line', 'RTSP/1.0 OK\r\n\r\n', 'fail', 'expected RTSP, got `RTSP/1.0 OK`'],
    ['control characters', 'RTSP/1.0 500 a\x1b[31mb\r\n\r\n', 'fail', 'expected 200, got `500 a [31mb`'],
  ])('judges %s', async (_name, bytes, status, summary) => {
    const server = await listen(answer(bytes));
    expect(await runCheck(prepare(rtsp, { port: server.port }))).toMatchObject({ status, summary });
    await server.close();
  });

  it('asks with the whole URL, a CSeq and CRLF', async () => {
    const server = await listen(answer('RTSP/1.0 200 OK\r\n\r\n'));
    const { trace, recorded } = recordTrace();
    await prepare(rtsp, { port: server.port, path: '/live' })(loopback, contextOf(new AbortController().signal, trace));
    expect(recorded.sent).toBe(
      `OPTIONS rtsp://127.0.0.1:${server.port}/live RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: understudy\r\n\r\n`,
    );
    await server.close();
  });

  it('puts an IPv6 address in brackets', async () => {
    const server = await listen(answer('RTSP/1.0 200 OK\r\n\r\n'), '::1');
    const { trace, recorded } = recordTrace();
    const target = { server: 'edge1', address: '::1' };
    await prepare(rtsp, { port: server.port })(target, contextOf(new AbortController().signal, trace));
    expect(recorded.sent).toContain(`OPTIONS rtsp://[::1]:${server.port}/ RTSP/1.0\r\n`);
    await server.close();
  });

  it('refuses a path that would break the request line', () => {
    expect(rtsp.options.safeParse({ path: '/a b' }).success).toBe(false);
    expect(rtsp.options.safeParse({ path: '/a\r\nX: y' }).success).toBe(false);
  });

  it('checks port 554 by default, 322 with TLS, and holds its tripwire there', () => {
    const port = (options: object) => rtsp.tripwirePort(rtsp.options.parse(options));
    expect([port({}), port({ tls: true }), port({ tls: {} }), port({ port: 8554, tls: true })]).toEqual([
      554, 322, 322, 8554,
    ]);
  });

  it('is content with a connect at the level tcp', async () => {
    const server = await listen(() => undefined);
    const check = prepare(rtsp, { port: server.port, level: 'tcp' });
    expect(await runCheck(check)).toEqual({ status: 'ok', summary: 'connected' });
    await server.close();
  });
});
