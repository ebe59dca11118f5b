import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeMmsh } from '../../monitors/mmsh/judge.ts';
import { mmsh } from '../../monitors/mmsh.ts';
import { answer, answerAndClose, type Behaviour, listen } from './bad-servers.ts';
import { runCheck } from './context.ts';
import { httpAnswer, prepare, sample } from './sample.ts';

const vlc = sample('mms/mmsh-vlc-answer.server.bin');

async function ask(behave: Behaviour, options: object = {}) {
  const server = await listen(behave);
  const verdict = await runCheck(prepare(mmsh, { path: '/live', ...options, port: server.port }));
  await server.close();
  return verdict;
}

describe('mmsh', () => {
  it('takes the stream of VLC, and does not wait for its end', async () => {
    const verdict = await ask(answer(vlc));
    expect(verdict).toEqual({ status: 'ok', summary: 'sends its header', detail: 'Cougar 4.1.0.3921' });
  });

  it.each([
    ['data', Buffer.from('$D\x08\x00'), 'ok', 'sends data'],
    ['a bare ASF header', Buffer.from('3026b2758e66cf11a6d900aa0062ce6c00', 'hex'), 'ok', 'sends its header'],
    ['the end', Buffer.from('$E\x04\x00'), 'fail', 'stream has ended'],
    ['a page', '<html>hello</html>', 'fail', 'expected Windows Media, got `<html>hello</html>`'],
    ['nothing', '', 'fail', 'expected Windows Media, got nothing'],
  ])('judges %s', async (_what, body, status, summary) => {
    expect(await ask(answerAndClose(httpAnswer(body)))).toMatchObject({ status, summary });
  });

  it.each([
    ['404 Not Found', 'fail', 'expected HTTP 200, got `404`'],
    ['401 Unauthorized', 'fail', 'expected HTTP 200, got `401`'],
    ['453 Not Enough Bandwidth', 'overloaded', 'overloaded: HTTP 453'],
    ['503 Service Unavailable', 'overloaded', 'overloaded: HTTP 503'],
  ])('judges %s', async (line, status, summary) => {
    expect(await ask(answerAndClose(httpAnswer('no', line)))).toMatchObject({ status, summary });
  });

  it('asks as a player does', async () => {
    let heard = '';
    const server = await listen((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1');
        socket.write(vlc);
      });
    });
    await runCheck(prepare(mmsh, { path: '/live/test', port: server.port }));
    await server.close();
    const wanted = sample('mms/mmsh-request.client.txt').toString();
    const lines = (text: string) => text.split('\r\n').filter((line) => /^(GET|User-Agent|Pragma)/i.test(line));
    expect(
      lines(heard)
        .map((line) => line.toLowerCase())
        .sort(),
    ).toEqual(
      lines(wanted)
        .map((line) => line.toLowerCase())
        .sort(),
    );
  });

  it('never throws, whatever comes', () => {
    const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), bytes, (status, body) => {
        judgeMmsh({ status, body, header: () => undefined, certificateUntilMs: null });
      }),
    );
  });
});
