import { describe, expect, it } from 'vitest';
import { converse, type Talk } from '../../monitors/shared/dialog.ts';
import { networkFault } from '../../monitors/shared/network-fault.ts';
import { isQuotable, plain, quote } from '../../monitors/shared/quote.ts';
import { Deadline, type Verdict } from '../../src/plugin/plugin.ts';
import { answer, listen, silent } from './bad-servers.ts';
import { contextOf, loopback, recordTrace, runCheck } from './context.ts';

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

  it('calls it our own problem when the deadline passed before it began', async () => {
    const late = contextOf(AbortSignal.abort(new Deadline(5)));
    expect(await converse(loopback, 1, listener, late)).toMatchObject({ status: 'unknown' });
  });

  it('takes a verdict from elsewhere, and throws its faults', async () => {
    const server = await listen(silent);
    const fault = new Error('a bug');
    const hearsLater = (step: () => Verdict | null): Talk => ({
      ...listener,
      connected(_say, settle) {
        setImmediate(() => settle(() => null));
        setImmediate(() => settle(step));
        return null;
      },
    });
    const said: Verdict = { status: 'ok', summary: 'heard elsewhere' };
    const context = contextOf(new AbortController().signal);
    expect(
      await converse(
        loopback,
        server.port,
        hearsLater(() => said),
        context,
      ),
    ).toBe(said);
    const throwing = hearsLater(() => {
      throw fault;
    });
    await expect(converse(loopback, server.port, throwing, context)).rejects.toBe(fault);
    await expect.poll(() => server.open(), { interval: 5 }).toBe(0);
    await server.close();
  });

  it('lets a talk hear more than 64 kB when it says so, and tells it the time', async () => {
    const server = await listen(answer(Buffer.alloc(100_000)));
    let [heard, lastMs] = [0, 0];
    const talk: Talk = {
      ...listener,
      maxBytes: 200_000,
      connected(say) {
        say('hi');
        return null;
      },
      heard(chunk, _say, atMs) {
        heard += chunk.length;
        expect(atMs).toBeGreaterThanOrEqual(lastMs);
        lastMs = atMs;
        return heard === 100_000 ? { status: 'ok', summary: 'all' } : null;
      },
    };
    expect(await runCheck((target, context) => converse(target, server.port, talk, context))).toMatchObject({
      status: 'ok',
    });
    await server.close();
  });

  it('keeps what is secret out of the trace', async () => {
    const server = await listen(answer('ok'));
    const { trace, recorded } = recordTrace();
    const talk: Talk = {
      ...listener,
      connected(say) {
        say('PASS s3cret', 'PASS [secret]');
        return null;
      },
      heard: () => ({ status: 'ok', summary: 'in' }),
    };
    await converse(loopback, server.port, talk, contextOf(new AbortController().signal, trace));
    expect(recorded.sent).toBe('PASS [secret]');
    await server.close();
  });

  const leaving = (answered: (chunk: Buffer) => boolean, closed = () => {}): Talk => ({
    ...listener,
    connected: () => ({ status: 'ok', summary: 'connected' }),
    farewell: () => ({ bytes: 'BYE', answered }),
    closed,
  });

  it('says farewell behind its verdict, and closes at the answer', async () => {
    let said = '';
    const server = await listen(
      (socket) =>
        void socket.on('data', (bytes) => {
          said += bytes;
          socket.write('1');
          setImmediate(() => socket.write('2'));
        }),
    );
    let ends = 0;
    const talk = leaving(
      (chunk) => chunk.toString().endsWith('2'),
      () => {
        ends += 1;
      },
    );
    const verdict = await converse(loopback, server.port, talk, contextOf(new AbortController().signal));
    expect(verdict).toMatchObject({ status: 'ok' });
    await expect.poll(() => [said, server.open()], { interval: 5 }).toEqual(['BYE', 0]);
    expect(ends).toBe(1);
    await server.close();
  });

  it('does not wait long for the answer to its farewell', async () => {
    const server = await listen(silent);
    await converse(
      loopback,
      server.port,
      leaving(() => false),
      contextOf(new AbortController().signal),
    );
    await expect.poll(() => server.open(), { interval: 5 }).toBe(0);
    await server.close();
  });

  it('says no farewell where nobody listens', async () => {
    const server = await listen(silent);
    await server.close();
    const talk = leaving(() => {
      throw new Error('asked');
    });
    const context = contextOf(new AbortController().signal);
    expect(await converse(loopback, server.port, talk, context)).toMatchObject({ summary: 'refused' });
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
