import { describe, expect, it } from 'vitest';
import { sample } from '../sample.ts';
import { answers, fakeRtsp, okay, type Reply, type Request, sdp } from './fake-server.ts';
import { meet } from './meet.ts';

describe('rtsp at the level describe', () => {
  const level = { level: 'describe' };

  it('finds the stream with its tracks', async () => {
    const { verdict, asked, requests } = await meet(
      answers(sdp('m=video 0 RTP/AVP 96\r\nm=audio 0 RTP/AVP 8 0\r\n')),
      level,
    );
    expect(verdict).toEqual({ status: 'ok', summary: 'describes the stream', detail: 'video 96, audio 8 0' });
    expect(asked).toEqual(['DESCRIBE /live']);
    expect(requests[0]?.headers.get('accept')).toBe('application/sdp');
  });

  it.each<[string, Reply, status: string, summary: string]>([
    ['404', 'RTSP/1.0 404 Not Found\r\n\r\n', 'fail', 'stream missing'],
    ['404 with a page and no CSeq', [sample('rtsp/vlc-describe-404-html-no-cseq.res')], 'fail', 'stream missing'],
    ['410', 'RTSP/1.0 410 Gone\r\n\r\n', 'fail', 'stream missing'],
    ['401', 'RTSP/1.0 401 Unauthorized\r\n\r\n', 'fail', 'needs credentials'],
    ['403', 'RTSP/1.0 403 Forbidden\r\n\r\n', 'fail', 'expected 200 to DESCRIBE, got `403 Forbidden`'],
    ['453', 'RTSP/1.0 453 Not Enough Bandwidth\r\n\r\n', 'overloaded', 'overloaded: 453 Not Enough Bandwidth'],
    ['503', 'RTSP/1.0 503 Service Unavailable\r\n\r\n', 'overloaded', 'overloaded: 503 Service Unavailable'],
    [
      'a page',
      'RTSP/1.0 200 OK\r\nContent-Length: 6\r\n\r\n<html>',
      'fail',
      'expected a session description, got `<html>`',
    ],
    ['no body', okay, 'fail', 'expected a session description, got nothing'],
    ['no track', sdp(''), 'fail', 'expected a track in the session description, got none'],
    ['a body without end', 'RTSP/1.0 200 OK\r\nContent-Length: 99999\r\n\r\n', 'fail', 'answer longer than 64 kB'],
    ['a wrong length', 'RTSP/1.0 200 OK\r\nContent-Length: x\r\n\r\n', 'fail', 'expected a Content-Length, got `x`'],
    ['a redirect to nowhere', 'RTSP/1.0 302 Found\r\n\r\n', 'fail', 'expected 200 to DESCRIBE, got `302 Found`'],
    [
      '100 first',
      ['RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n', 'RTSP/1.0 404 No\r\nCSeq: 1\r\n\r\n'],
      'fail',
      'stream missing',
    ],
  ])('judges %s', async (_name, reply, status, summary) => {
    expect((await meet(answers(reply), level)).verdict).toMatchObject({ status, summary });
  });
});

describe('rtsp with credentials', () => {
  const login = { level: 'describe', user: 'admin', password: 's3cret' };
  const wants = (...challenges: string[]) =>
    `RTSP/1.0 401 Unauthorized\r\n${challenges.map((one) => `WWW-Authenticate: ${one}\r\n`).join('')}\r\n`;

  it('answers a Digest, and leaves nothing of it in the trace', async () => {
    const met = await meet(answers(wants('Basic realm="v"', 'Digest realm="v", nonce="n"'), sdp()), login);
    expect(met.verdict).toMatchObject({ status: 'ok' });
    const url = `rtsp://127.0.0.1:${met.port}/live`;
    expect(
      met.requests.map(({ headers }) => headers.get('authorization')?.replace(/response="[0-9a-f]{32}"/, '')),
    ).toEqual([undefined, `Digest username="admin", realm="v", nonce="n", uri="${url}", `]);
    expect(met.recorded.sent).toContain('Authorization: Digest [secret]\r\n');
    expect(met.recorded.sent).not.toMatch(/response|username/);
  });

  it('answers Basic, and leaves nothing of it in the trace', async () => {
    const met = await meet(answers(wants('Basic realm="v"'), sdp()), login);
    expect(met.requests[1]?.headers.get('authorization')).toBe('Basic YWRtaW46czNjcmV0');
    expect(met.recorded.sent).not.toContain('YWRtaW46czNjcmV0');
  });

  it.each<[sentence: string, Reply[], summary: string, requests: number]>([
    [
      'asks once only with what is refused',
      [wants('Digest nonce="a"'), wants('Digest nonce="b"')],
      'bad credentials',
      2,
    ],
    [
      'takes a new nonce for a stale one',
      [wants('Digest nonce="a"'), wants('Digest nonce="b", stale=true'), sdp()],
      'describes the stream',
      3,
    ],
    ['but once only', [wants('Digest nonce="a"'), wants('Digest nonce="b", stale=true')], 'bad credentials', 3],
    ['says what it cannot answer', [wants('Negotiate')], 'expected Basic or Digest, got `Negotiate`', 1],
    ['says when a challenge is missing', [wants()], 'expected Basic or Digest, got nothing', 1],
  ])('%s', async (_sentence, replies, summary, count) => {
    const { verdict, requests } = await meet(answers(...replies), login);
    expect([verdict.summary, requests.length]).toEqual([summary, count]);
  });

  it('tries them on OPTIONS, too', async () => {
    const met = await meet(answers(wants('Basic realm="v"')), { ...login, level: 'options' });
    expect(met.verdict).toMatchObject({ status: 'fail', summary: 'bad credentials' });
  });
});

describe('rtsp and redirects', () => {
  const moved = (location: string) => `RTSP/1.0 302 Moved\r\nLocation: ${location}\r\n\r\n`;

  it('follows one to another path of the same server', async () => {
    const here = ({ uri }: Request) => (uri.endsWith('/live') ? moved(uri.replace('/live', '/other')) : sdp());
    const { verdict, asked } = await meet(fakeRtsp(here), { level: 'describe' });
    expect([verdict.status, asked]).toEqual(['ok', ['DESCRIBE /live', 'DESCRIBE /other']]);
  });

  it('follows no second one', async () => {
    const { verdict, asked } = await meet(
      fakeRtsp(({ uri }) => moved(uri)),
      { level: 'describe' },
    );
    expect([verdict.summary, asked.length]).toEqual(['redirected twice', 2]);
  });

  it('never asks another server, and tells no password of the location', async () => {
    const { verdict, asked } = await meet(answers(moved('rtsp://me:secret@127.0.0.2/live')), { level: 'describe' });
    expect(verdict).toEqual({
      status: 'fail',
      summary: 'redirected to another server',
      detail: 'to rtsp://127.0.0.2/live',
    });
    expect(asked.length).toBe(1);
  });
});
