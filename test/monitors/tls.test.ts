import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { converse, type Talk } from '../../monitors/shared/dialog.ts';
import { type Tls, tlsField, tlsOf } from '../../monitors/shared/tls.ts';
import { tlsFault } from '../../monitors/shared/tls-fault.ts';
import { ok } from '../../monitors/shared/verdicts.ts';
import {
  answer,
  type Behaviour,
  closeAtOnce,
  closedPort,
  garbage,
  listen,
  resetAfterRequest,
  silent,
} from './bad-servers.ts';
import { contextOf, loopback, recordTrace, runCheck } from './context.ts';
import { authority, type Certificate, listenTls } from './tls-servers.ts';

const trusting: Tls = { name: 'video.example', ca: authority, insecure: false };

function asking(): Talk {
  let text = '';
  return {
    waitingFor: 'PING',
    connected(say) {
      say('PING');
      return null;
    },
    heard(chunk) {
      text += chunk.toString('latin1');
      return text === 'PONG' ? ok('answers') : null;
    },
  };
}

const ask = (port: number, tls: Tls, deadlineMs = 5000) =>
  runCheck((target, context) => converse(target, port, asking(), context, tls), deadlineMs);

const pong = (socket: { once(name: 'data', f: () => void): unknown; write(text: string): unknown }) =>
  void socket.once('data', () => socket.write('PONG'));

describe('a dialog over TLS', () => {
  it('speaks within TLS, asks for the name, ends the phases, and closes', async () => {
    const server = await listenTls(pong);
    const { trace, recorded } = recordTrace();
    const context = contextOf(new AbortController().signal, trace);
    expect(await converse(loopback, server.port, asking(), context, trusting)).toEqual(ok('answers'));
    expect(recorded).toEqual({ phases: ['tcp', 'tls', 'first byte'], sent: 'PING', received: 'PONG' });
    expect(server.names).toEqual(['video.example']);
    await expect.poll(() => server.open(), { interval: 5 }).toBe(0);
    await server.close();
  });

  it.each<[sentence: string, Certificate, Partial<Tls>, summary: string]>([
    ['is content with any name when none is given', 'good', { name: null }, 'answers'],
    ['compares an address with those in the certificate', 'good', { name: '127.0.0.1' }, 'answers'],
    ['refuses another address', 'good', { name: '127.0.0.2' }, 'tls: certificate of another name'],
    ['refuses another name', 'good', { name: 'other.example' }, 'tls: certificate of another name'],
    ['refuses an unknown authority', 'good', { ca: null }, 'tls: certificate of an unknown authority'],
    ['refuses a certificate that is over', 'expired', {}, 'tls: certificate expired'],
    ['refuses a certificate that is over, without a name too', 'expired', { name: null }, 'tls: certificate expired'],
    ['refuses a certificate that has not begun', 'not-yet', {}, 'tls: certificate not valid yet'],
    ['refuses a self-signed certificate', 'self-signed', {}, 'tls: certificate self-signed'],
    ['takes anything when told so', 'expired', { name: 'other.example', ca: null, insecure: true }, 'answers'],
  ])('%s', async (_sentence, certificate, tls, summary) => {
    const server = await listenTls(pong, certificate);
    expect(await ask(server.port, { ...trusting, ...tls })).toMatchObject({ summary });
    await expect.poll(() => server.open(), { interval: 5 }).toBe(0);
    await server.close();
  });

  it.each<[sentence: string, TlsOptions, summary: string]>([
    [
      'an old version',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' },
      'tls: version too old',
    ],
    ['no cipher in common', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA' }, 'tls: no common cipher'],
    ['a certificate of ours wanted', { requestCert: true, ca: authority }, 'tls: a certificate of ours is wanted'],
  ])('names %s', async (_sentence, options, summary) => {
    const server = await listenTls(() => undefined, 'good', options);
    expect(await ask(server.port, trusting)).toMatchObject({ status: 'fail', summary });
    await server.close();
  });

  const plainText: Behaviour = answer('RTSP/1.0 400 Bad Request\r\n\r\n');
  it.each<[string, Behaviour, summary: string, silent: boolean]>([
    ['answers in plain text', plainText, 'tls: expected TLS, got another protocol', false],
    ['answers garbage', answer(garbage), 'tls: expected TLS, got another protocol', false],
    ['answers half a record', answer(Buffer.from('16030300', 'hex')), 'tls: unfinished handshake', false],
    ['is silent', silent, 'tls: no answer to the handshake', true],
    ['closes', closeAtOnce, 'tls: closed in the handshake', false],
    ['resets', resetAfterRequest, 'tls: closed in the handshake', false],
  ])('says so when a plain port %s', async (_sentence, behave, summary, isSilent) => {
    const server = await listen(behave);
    const verdict = await ask(server.port, trusting, 300);
    expect(verdict).toMatchObject({ status: 'fail', summary });
    expect(verdict.silent === true).toBe(isSilent);
    await expect.poll(() => server.open(), { interval: 5 }).toBe(0);
    await server.close();
  });

  it('has heard a living program when only the handshake was answered', async () => {
    const server = await listenTls((socket) => void socket.resume());
    const verdict = await ask(server.port, trusting, 400);
    expect(verdict).toMatchObject({ status: 'fail', summary: 'no answer to PING' });
    expect(verdict.silent).toBeUndefined();
    await server.close();
  });

  it('is refused like any other', async () => {
    expect(await ask(await closedPort(), trusting)).toMatchObject({ status: 'fail', summary: 'refused' });
  });
});

describe('the words for TLS', () => {
  it.each([
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls: certificate of an unknown authority'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls: certificate of an unknown authority'],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'tls: name unknown to the server'],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'tls: expected TLS, got another protocol'],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'tls: handshake failed'],
    ['ECONNREFUSED', null],
    ['EMFILE', null],
  ])('of %s', (code, words) => {
    expect(tlsFault(code)).toBe(words);
  });
});

describe('the option tls', () => {
  const schema = z.object({ tls: tlsField() });
  const read = (tls: unknown) => tlsOf(schema.parse({ tls }).tls);

  it.each<[unknown, Tls | null]>([
    [undefined, null],
    [false, null],
    [true, { name: null, ca: null, insecure: false }],
    [{}, { name: null, ca: null, insecure: false }],
    [
      { name: 'video.example', insecure: true },
      { name: 'video.example', ca: null, insecure: true },
    ],
    [{ ca: authority }, { name: null, ca: authority, insecure: false }],
  ])('%j', (option, tls) => {
    expect(read(option)).toEqual(tls);
  });

  it('reads certificates from a file', () => {
    const file = join(tmpdir(), `understudy-authority-${process.pid}.pem`);
    writeFileSync(file, authority);
    expect(read({ ca: file })?.ca).toBe(authority);
    rmSync(file);
  });

  it.each(['ca.pem', '/nowhere/ca.pem', '/dev/zero', '-----BEGIN CERTIFICATE-----\nAAAA\n'])(
    'refuses %j in place of certificates',
    (ca) => {
      expect(schema.safeParse({ tls: { ca } }).success).toBe(false);
    },
  );
});
