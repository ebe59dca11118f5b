import { describe, expect, it } from 'vitest';
import { converse, type Talk } from '../../monitors/shared/dialog.ts';
import { networkFault } from '../../monitors/shared/network-fault.ts';
import { isQuotable, plain, quote } from '../../monitors/shared/quote.ts';
import { Deadline } from '../../src/plugin.ts';
import { answer, listen } from './bad-servers.ts';
import { contextOf, loopback } from './context.ts';

describe('a network fault', () => {
  const at = { peer: '10.0.0.1:554', connected: false, heard: 0, waitingFor: 'OPTIONS' };
  const fault = (code: string) => networkFault(Object.assign(new Error(code), { code }), at);

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN', 'EACCES', 'EPERM', 'EAFNOSUPPORT'])(
    'is ours when it is %s',
    (code) => {
      expect(fault(code)).toMatchObject({ status: 'unknown', summary: `cannot connect: ${code}` });
    },
  );

  it.each([
    ['EHOSTUNREACH', 'host unreachable'],
    ['ENETUNREACH', 'network unreachable'],
    ['ETIMEDOUT', 'no answer to TCP connect'],
  ])('is silence when it is %s', (code, summary) => {
    expect(fault(code)).toMatchObject({ status: 'fail', summary, silent: true });
  });

  it('is a word of the server when it refuses', () => {
    const verdict = fault('ECONNREFUSED');
    expect(verdict).toEqual({
      status: 'fail',
      summary: 'refused',
      detail: '10.0.0.1:554: ECONNREFUSED, not connected',
    });
  });
});

describe('a dialog', () => {
  const listener: Talk = { waitingFor: 'greeting', connected: () => null, heard: () => null };

  it('rejects with the fault of a talk that throws, and closes', async () => {
    const server = await listen((socket) => void socket.write('x'));
    const fault = new Error('a bug');
    const talk: Talk = {
      ...listener,
      heard() {
        throw fault;
      },
    };
    await expect(converse(loopback, server.port, talk, contextOf(new AbortController().signal))).rejects.toBe(fault);
    await expect.poll(() => server.open(), { interval: 5 }).toBe(0);
    await server.close();
  });

  it('calls it our own trouble when the deadline passed before it began', async () => {
    const late = contextOf(AbortSignal.abort(new Deadline(5)));
    expect(await converse(loopback, 1, listener, late)).toMatchObject({ status: 'unknown' });
  });

  it('hands out bytes that stay as they were', async () => {
    const server = await listen(answer('first'));
    const other = await listen(answer('other'));
    const keep = (): Talk & { kept: Buffer[] } => {
      const kept: Buffer[] = [];
      return {
        ...listener,
        kept,
        connected(say) {
          say('hi');
          return null;
        },
        heard(chunk) {
          kept.push(chunk);
          return { status: 'ok', summary: 'heard' };
        },
      };
    };
    const [one, two] = [keep(), keep()];
    await converse(loopback, server.port, one, contextOf(new AbortController().signal));
    await converse(loopback, other.port, two, contextOf(new AbortController().signal));
    expect([one.kept.join(), two.kept.join()]).toEqual(['first', 'other']);
    await server.close();
    await other.close();
  });
});

describe('a quotation', () => {
  it.each([
    ['', 'nothing'],
    ['\x00\xff\r\n', 'binary data'],
    ['HTTP/1.0 400 Bad Request\r\nDate: now\r\n', '`HTTP/1.0 400 Bad Request`'],
    ['\r\n  second line', '`second line`'],
    ['a`b\x1b[0m', "`a'b[0m`"],
    ['x'.repeat(200), `\`${'x'.repeat(80)}\``],
  ])('of %j is %s', (text, quoted) => {
    expect(quote(text)).toBe(quoted);
    expect(quote(Buffer.from(text, 'latin1'))).toBe(quoted);
  });

  it('is due when a line or 80 characters are there', () => {
    expect([isQuotable('HTTP/1.0'), isQuotable('HTTP/1.0 400\r'), isQuotable('x'.repeat(80))]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('of a server inside our own words has no control characters', () => {
    expect(plain(' a\r\n\x1bb ')).toBe('a b');
  });
});
