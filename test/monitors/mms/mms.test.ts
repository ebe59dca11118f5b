import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kinds, messageOf, takeMessages } from '../../../monitors/mms/message.ts';
import { visit } from '../../../monitors/mms/visit.ts';
import { mms } from '../../../monitors/mms.ts';
import { answer, type Behaviour, listen } from '../bad-servers.ts';
import { runCheck } from '../context.ts';
import { prepare, sample } from '../sample.ts';

/** What ffmpeg's client says, one message after the other. */
const player = takeMessages(sample('mms/mmst-full.client.bin')).messages;
const connected = sample('mms/mmst-connected-min.server.bin');

/** Answers each kind of message with these bytes. */
function server(answers: ReadonlyMap<number, Buffer>, heard: number[] = []): Behaviour {
  return (socket) => {
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      const taken = takeMessages(Buffer.concat([rest, chunk]));
      rest = Buffer.from(taken.rest);
      for (const { kind } of taken.messages) {
        heard.push(kind);
        const bytes = answers.get(kind);
        if (bytes !== undefined) socket.write(bytes);
      }
    });
  };
}

const reply = (kind: number, hr = 0): Buffer => messageOf(kind, 0, [hr, 1, 0, 0], null);

const opening = new Map([
  [kinds.connect, connected],
  [kinds.funnelInfo, Buffer.concat([reply(kinds.ping), reply(kinds.funnelInfoReport)])],
  [kinds.connectFunnel, reply(kinds.funnelConnected)],
  [kinds.openFile, reply(kinds.fileOpened)],
] as const);

async function ask(behave: Behaviour, options: object = {}) {
  const one = await listen(behave);
  const verdict = await runCheck(prepare(mms, { ...options, port: one.port }), 300);
  await one.close();
  return verdict;
}

describe('a message of MMS', () => {
  it('is written as a player writes it', () => {
    const text = (message: Buffer, from: number) => message.toString('utf16le', from).replace(/\0+$/, '');
    const [first, info, funnel, file] = player.map(({ bytes }) => bytes);
    if (!first || !info || !funnel || !file) throw new Error('expected four messages');
    expect(messageOf(kinds.connect, 0, [0, 0x0004000b, 0x0003001c], text(first, 52))).toEqual(first);
    expect(messageOf(kinds.funnelInfo, 1, [0x00f0f0f0, 0x0004000b], null)).toEqual(info);
    expect(messageOf(kinds.connectFunnel, 2, [0, 0xffffffff, 0, 10_000_000, 2], text(funnel, 60))).toEqual(funnel);
    expect(messageOf(kinds.openFile, 3, [1, 0xffffffff, 0, 0], 'live/test')).toEqual(file);
  });

  it('is taken out of whatever pieces it comes in', () => {
    const bytes = sample('mms/mmst-full.client.bin');
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((left, right) => left - right), bytes.length];
        const found: number[] = [];
        let rest = Buffer.alloc(0);
        for (let at = 1; at < edges.length; at += 1) {
          const taken = takeMessages(Buffer.concat([rest, bytes.subarray(edges[at - 1], edges[at])]));
          expect(taken).not.toHaveProperty('fault');
          found.push(...taken.messages.map(({ kind }) => kind));
          rest = Buffer.from(taken.rest);
        }
        expect(found).toEqual([0x30001, 0x30018, 0x30002, 0x30005, 0x30015]);
      }),
    );
  });

  it.each([
    ['too short', 40 - 16],
    ['no multiple of 8', 85 - 16],
    ['too long', 65_544 - 16],
    ['of 4 GB', 0xffffffff],
  ])('is refused when its length is %s', (_what, length) => {
    const bytes = Buffer.from(connected);
    bytes.writeUInt32LE(length, 8);
    expect(takeMessages(bytes)).toMatchObject({ fault: 'bad length', messages: [] });
  });

  it('never makes its reader throw', () => {
    const bytes = fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, fc.nat(88), (noise, keep) => {
        const talk = visit({ address: '127.0.0.1', file: 'live' });
        talk.heard(Buffer.concat([connected.subarray(0, keep), noise]), () => undefined, 0);
        talk.stopped?.('closed');
      }),
    );
  });
});

describe('mms', () => {
  it('takes a server that connects', async () => {
    expect(await ask(answer(connected))).toEqual({ status: 'ok', summary: 'connects' });
  });

  it('shows the version of a server that tells it', async () => {
    const numbers = [0, 0, 0x4000b, 0x3001c, 0, 0, 1, 1, 0x8000, 0x989680, 9, 0, 0, 0];
    expect(await ask(answer(messageOf(kinds.connected, 0, numbers, '9.1.0.3841')))).toMatchObject({
      detail: '9.1.0.384',
    });
  });

  it('opens a file as a player does', async () => {
    const heard: number[] = [];
    expect(await ask(server(opening, heard), { level: 'file', path: '/live/one%20two' })).toEqual({
      status: 'ok',
      summary: 'opens the file',
    });
    expect(heard).toEqual([kinds.connect, kinds.funnelInfo, kinds.pong, kinds.connectFunnel, kinds.openFile]);
  });

  it.each([
    ['no such file', kinds.openFile, reply(kinds.fileOpened, 0x80070002), 'file refused: not found'],
    ['no right to it', kinds.openFile, reply(kinds.fileOpened, 0x80070005), 'file refused: access denied'],
    ['a reason of its own', kinds.openFile, reply(kinds.fileOpened, 0xc00d1234), 'file refused: 0xC00D1234'],
    ['a password', kinds.openFile, reply(kinds.securityChallenge), 'needs credentials'],
    [
      'no transport over TCP',
      kinds.connectFunnel,
      reply(kinds.funnelRefused, 0x80004005),
      'transport refused: 0x80004005',
    ],
    ['nobody at all', kinds.connect, reply(kinds.connected, 0x80070005), 'connection refused: access denied'],
  ])('says so when the server wants %s', async (_what, kind, bytes, summary) => {
    const verdict = await ask(server(new Map([...opening, [kind, bytes]])), { level: 'file', path: '/live' });
    expect(verdict).toMatchObject({ status: 'fail', summary });
    expect(verdict.silent).not.toBe(true);
  });

  it('says how far it got with a server that falls silent', async () => {
    const verdict = await ask(answer(connected), { level: 'file', path: '/live' });
    expect(verdict).toMatchObject({ status: 'fail', summary: 'unfinished answer to funnel info' });
  });

  it('refuses a message of a wrong length at once', async () => {
    const bytes = Buffer.from(connected);
    bytes.writeUInt32LE(0xffffffff, 8);
    expect(await ask(answer(bytes))).toMatchObject({ summary: 'expected MMS, got a message of a wrong length' });
  });

  it('needs a path for a file', () => {
    expect(() => prepare(mms, { level: 'file' })).toThrow('expected the path of a file');
  });
});
