import { describe, expect, it } from 'vitest';
import { rtsp } from '../../../monitors/rtsp.ts';
import { listen } from '../bad-servers.ts';
import { contextOf, loopback, runCheck } from '../context.ts';
import { prepare } from '../sample.ts';
import { authority, listenTls } from '../tls-servers.ts';
import {
  answers,
  camera,
  type FakeRtsp,
  fakeRtsp,
  frame,
  okay,
  type Reply,
  type Request,
  rtp as rtpPacket,
  sdp,
} from './fake-server.ts';
import { meet, until } from './meet.ts';

describe.concurrent('rtsp at the level play', () => {
  const level = { level: 'play' };

  it('sees a moving picture, and tears its session down', async () => {
    const { verdict, asked, requests } = await meet(camera(), level);
    expect(verdict).toMatchObject({ status: 'ok', summary: 'moving picture' });
    expect(verdict.measures?.['rtp_packets']).toBeGreaterThan(5);
    expect(verdict.measures?.['first_rtp_ms']).toBeLessThan(1000);
    expect(asked).toEqual(['DESCRIBE /live', 'SETUP /live/stream=0', 'PLAY /live', 'TEARDOWN /live']);
    expect(requests.map(({ headers }) => [headers.get('cseq'), headers.get('session')])).toEqual([
      ['1', undefined],
      ['2', undefined],
      ['3', 'abc'],
      ['4', 'abc'],
    ]);
  });

  it.each<[sentence: string, FakeRtsp, summary: string]>([
    ['hears sound where there is no picture', camera({ describe: sdp('m=audio 0 RTP/AVP 96\r\n') }), 'moving sound'],
    ['listens on the channel that the server chose', camera({ channel: 6 }), 'moving picture'],
    [
      'uses UDP where the server declines TCP with 461',
      camera({ declines: 'RTSP/1.0 461 No\r\n\r\n' }),
      'moving picture',
    ],
    [
      'uses UDP where the server declines TCP with 400',
      camera({ declines: 'RTSP/1.0 400 No\r\n\r\n' }),
      'moving picture',
    ],
    [
      'takes UDP from another address',
      camera({ declines: 'RTSP/1.0 461 No\r\n\r\n', from: '127.0.0.2' }),
      'moving picture',
    ],
  ])('%s', async (_sentence, fake, summary) => {
    const { verdict, asked } = await meet(fake, level);
    expect(verdict).toMatchObject({ status: 'ok', summary });
    expect(asked.at(-1)).toMatch(/^TEARDOWN/);
  });

  it('asks for UDP at once when told so', async () => {
    const { verdict, requests } = await meet(camera({ declines: 'RTSP/1.0 500 No\r\n\r\n' }), {
      ...level,
      transport: 'udp',
    });
    expect(verdict.status).toBe('ok');
    const port = Number(/^RTP\/AVP;unicast;client_port=(\d+)-/.exec(requests[1]?.headers.get('transport') ?? '')?.[1]);
    expect(port % 2).toBe(0);
    expect(requests[1]?.headers.get('transport')).toBe(`RTP/AVP;unicast;client_port=${port}-${port + 1}`);
  });

  it('asks for nothing but TCP when told so', async () => {
    const fake = camera({ declines: 'RTSP/1.0 461 Unsupported transport\r\n\r\n' });
    const { verdict, asked } = await meet(fake, { ...level, transport: 'tcp' });
    expect([verdict.summary, asked.length]).toEqual(['no transport in common', 2]);
  });

  const setup = 'RTSP/1.0 200 OK\r\nSession: abc\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n';
  const pictures = Array.from({ length: 8 }, (_, count) => frame(0, rtpPacket(count * 90_000)));
  const burst = camera({ packet: () => null, play: () => [Buffer.concat([Buffer.from(okay), ...pictures])] });
  it.each<[sentence: string, FakeRtsp, summary: string, detail: RegExp]>([
    ['nothing comes', camera({ packet: () => null }), 'no moving picture', /^no RTP packet after PLAY over TCP$/],
    ['one packet comes again and again', camera({ packet: () => rtpPacket(7) }), 'no moving picture', /none later/],
    ['only a burst of old pictures comes', burst, 'no moving picture', /^8 RTP packets/],
    [
      'nothing comes by UDP',
      camera({ packet: () => null, declines: 'RTSP/1.0 461 No\r\n\r\n' }),
      'no moving picture',
      /let through\?$/,
    ],
    [
      'UDP comes from elsewhere and is not what was promised',
      camera({ declines: 'RTSP/1.0 461 No\r\n\r\n', from: '127.0.0.2', promises: ';ssrc=00000001' }),
      'no moving picture',
      /datagrams from other addresses/,
    ],
    [
      'another type comes',
      camera({ packet: (n) => rtpPacket(n, 33) }),
      'expected RTP of type 96, got `33`',
      /packets over TCP/,
    ],
    [
      'no RTP comes',
      camera({ packet: () => Buffer.alloc(20) }),
      'expected RTP of type 96, got other packets',
      /packets/,
    ],
  ])('fails, and tears its session down, when %s', async (_sentence, fake, summary, detail) => {
    const { verdict, asked } = await meet(fake, level, 900);
    expect(verdict).toMatchObject({ status: 'fail', summary, detail: expect.stringMatching(detail) });
    expect(verdict.silent).toBeUndefined();
    expect(asked.at(-1)).toBe('TEARDOWN /live');
  });

  it.each<[sentence: string, FakeRtsp, summary: string, requests: string]>([
    ['says nothing to SETUP', answers(sdp(), null), 'no answer to SETUP', 'DESCRIBE SETUP'],
    ['says half a word to SETUP', answers(sdp(), ['RTSP/1.0 2']), 'unfinished answer to SETUP', 'DESCRIBE SETUP'],
    ['says nothing to PLAY', answers(sdp(), setup, null), 'no answer to PLAY', 'DESCRIBE SETUP PLAY TEARDOWN'],
    [
      'refuses PLAY',
      answers(sdp(), setup, 'RTSP/1.0 500 Oops\r\n\r\n'),
      'expected 200 to PLAY, got `500 Oops`',
      'DESCRIBE SETUP PLAY TEARDOWN',
    ],
    ['is full', answers(sdp(), 'RTSP/1.0 453 Full\r\n\r\n'), 'overloaded: 453 Full', 'DESCRIBE SETUP'],
    [
      'answers another request',
      answers(sdp(), ['RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\n']),
      'expected CSeq 2, got `9`',
      'DESCRIBE SETUP',
    ],
    [
      'answers without end',
      answers(
        sdp(),
        Array.from({ length: 100 }, () => 'RTSP/1.0 100 Continue\r\n\r\n'),
      ),
      'expected one answer to each request, got more',
      'DESCRIBE SETUP',
    ],
    ['turns to garbage', answers(sdp(), ['garbage\r\n\r\n']), 'expected RTSP, got `garbage`', 'DESCRIBE SETUP'],
    [
      'loses the track for good',
      answers(sdp(), 'RTSP/1.0 404 No\r\n\r\n', sdp(), 'RTSP/1.0 404 No\r\n\r\n'),
      'stream missing',
      'DESCRIBE SETUP DESCRIBE SETUP',
    ],
    [
      'names a track that no request can hold',
      answers(sdp('m=video 0 RTP/AVP 96\r\na=control:a\x01b\r\n')),
      'expected a control URL in the session description, got another text',
      'DESCRIBE',
    ],
  ])('fails when the server %s', async (_sentence, fake, summary, requests) => {
    const met = await meet(fake, level, 500);
    expect(met.verdict.summary).toBe(summary);
    expect(met.requests.map(({ method }) => method).join(' ')).toBe(requests);
  });

  it.each<[string, Reply[], string]>([
    ['between its answers', [sdp()], 'closed without an answer to SETUP'],
    ['while it plays', [sdp(), setup, okay], 'closed while playing'],
  ])('says so when the server closes %s', async (_when, replies, summary) => {
    let count = 0;
    const fake = fakeRtsp((_request, socket) => {
      const reply = replies[count];
      count += 1;
      if (count === replies.length) setImmediate(() => socket.end());
      return reply ?? null;
    });
    expect((await meet(fake, level)).verdict).toMatchObject({ status: 'fail', summary });
  });

  it('describes once more when the tracks have got other names meanwhile', async () => {
    const { verdict, asked } = await meet(camera({ declines: 'RTSP/1.0 404 Not Found\r\n\r\n' }), level);
    expect(verdict).toMatchObject({ status: 'ok', summary: 'moving picture' });
    expect(asked.map((one) => one.split(' ')[0]).join(' ')).toBe('DESCRIBE SETUP DESCRIBE SETUP PLAY TEARDOWN');
  });

  it('plays the track where the whole cannot be played', async () => {
    const play = ({ uri }: Request) =>
      uri.endsWith('stream=0') ? okay : 'RTSP/1.0 459 Aggregate Operation Not Allowed\r\n\r\n';
    const { verdict, asked } = await meet(camera({ play }), level);
    expect([verdict.status, asked.at(-1)]).toEqual(['ok', 'TEARDOWN /live/stream=0']);
  });

  it('tears its session down when it is called off', async () => {
    const fake = camera({ packet: () => null });
    const server = await listen(fake.serve);
    const abort = new AbortController();
    const running = prepare(rtsp, { ...level, port: server.port })(loopback, contextOf(abort.signal));
    const outcome = running.catch((error: unknown) => error);
    await until(() => fake.requests.at(-1)?.method === 'PLAY');
    abort.abort(new Error('shutdown'));
    expect(await outcome).toEqual(new Error('shutdown'));
    await until(() => fake.requests.at(-1)?.method === 'TEARDOWN');
    await until(() => server.open() === 0);
    await server.close();
  });

  it('plays within TLS', async () => {
    const server = await listenTls(camera().serve);
    const check = prepare(rtsp, { ...level, port: server.port, tls: { name: 'video.example', ca: authority } });
    expect(await runCheck(check)).toMatchObject({ status: 'ok', summary: 'moving picture' });
    await until(() => server.open() === 0);
    await server.close();
  });
});
