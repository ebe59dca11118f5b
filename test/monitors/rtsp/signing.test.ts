import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorization, type Credentials } from '../../../monitors/rtsp/authorization.ts';
import { type Challenge, readChallenges } from '../../../monitors/rtsp/challenge.ts';
import { createSigning } from '../../../monitors/rtsp/signing.ts';

const digest = {
  scheme: 'digest',
  opaque: null,
  algorithm: 'MD5',
  algorithmText: null,
  qop: null,
  stale: false,
} as const;

describe('readChallenges', () => {
  it.each<[sentence: string, string[], object[]]>([
    [
      'a Digest as GStreamer sends it',
      ['Digest realm="vid", nonce="2607d97c17608f20"'],
      [{ ...digest, realm: 'vid', nonce: '2607d97c17608f20' }],
    ],
    [
      'Digest before Basic, on several lines',
      ['Basic realm="a"', 'Digest nonce="n"'],
      [{ scheme: 'digest' }, { scheme: 'basic' }],
    ],
    [
      'several on one line',
      ['Basic realm="a, b", Digest realm="c", nonce="n", qop="auth-int,auth"'],
      [{ realm: 'c', qop: 'auth' }, { scheme: 'basic' }],
    ],
    [
      'SHA-256 before MD5',
      ['Digest nonce="a", algorithm=MD5', 'Digest nonce="b", algorithm=sha-256'],
      [{ nonce: 'b', algorithm: 'SHA-256' }, { nonce: 'a' }],
    ],
    ['escapes in a quoted text', [String.raw`Digest realm="a\"b\\c", nonce="n"`], [{ realm: String.raw`a"b\c` }]],
    ['values without quotes, blanks around =', ['digest nonce = abc , stale = TRUE'], [{ nonce: 'abc', stale: true }]],
    ['nothing of a Digest without a nonce', ['Digest realm="a"'], []],
    ['nothing of an algorithm that we do not have', ['Digest nonce="n", algorithm=SHA-512-256'], []],
    ['nothing of a protection of bodies alone', ['Digest nonce="n", qop="auth-int"'], []],
    ['nothing of another scheme', ['Negotiate', 'Bearer realm="x"', ''], []],
  ])('reads %s', (_sentence, values, expected) => {
    expect(readChallenges(values)).toMatchObject(expected);
  });

  it('never throws', () => {
    const word = fc.constantFrom('Digest', 'Basic', ' ', ',', '=', '"', '\\', 'nonce', 'realm="x"', 'qop');
    fc.assert(fc.property(fc.array(fc.oneof(word, fc.string())), (parts) => void readChallenges([parts.join('')])));
  });
});

describe('authorization', () => {
  const mufasa = {
    realm: 'http-auth@example.org',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    qop: 'auth',
  } as const;
  const life: Credentials = { user: 'Mufasa', password: 'Circle of Life' };
  const page = {
    method: 'GET',
    uri: '/dir/index.html',
    count: 1,
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  };
  const camera = { method: 'DESCRIBE', uri: 'rtsp://127.0.0.1:18556/test', count: 1, cnonce: 'c' };
  const gstreamer = { ...digest, realm: 'vid', nonce: '2607d97c17608f20' };
  const admin: Credentials = { user: 'admin', password: 's3cret' };

  it.each<[sentence: string, Challenge, Credentials, typeof page, response: string]>([
    ['what GStreamer took', gstreamer, admin, camera, 'e231cba7ab524294afe6720da9ead95b'],
    ['RFC 7616, section 3.9.1, with MD5', { ...digest, ...mufasa }, life, page, '8ca523f5e9506fed4657c9700eebdbec'],
    [
      'RFC 7616, section 3.9.1, with SHA-256',
      { ...digest, ...mufasa, algorithm: 'SHA-256', algorithmText: 'SHA-256' },
      life,
      page,
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    ],
    [
      'RFC 2617, section 3.5',
      { ...digest, realm: 'testrealm@host.com', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093', qop: 'auth' },
      { user: 'Mufasa', password: 'Circle Of Life' },
      { ...page, cnonce: '0a4f113b' },
      '6629fae49393a05397450978507c4ef1',
    ],
  ])('gives the response of %s', (_sentence, challenge, credentials, request, response) => {
    expect(authorization(challenge, credentials, request)).toContain(`response="${response}"`);
  });

  it('names what the server named, and no more', () => {
    expect(authorization(gstreamer, admin, camera)).toBe(
      'Digest username="admin", realm="vid", nonce="2607d97c17608f20", uri="rtsp://127.0.0.1:18556/test", ' +
        'response="e231cba7ab524294afe6720da9ead95b"',
    );
    const whole = authorization(
      { ...gstreamer, qop: 'auth', opaque: 'o', algorithm: 'MD5-sess', algorithmText: 'md5-sess' },
      admin,
      { ...camera, count: 10 },
    );
    expect(whole).toContain(', algorithm=MD5-sess, qop=auth, nc=0000000a, cnonce="c", opaque="o"');
  });

  it('escapes quotes and leaves no line end in the header', () => {
    const header = authorization({ ...gstreamer, nonce: 'a\r\nX: y' }, { user: 'a"b\\c', password: '' }, camera);
    expect(header).toContain(String.raw`username="a\"b\\c"`);
    expect(header).not.toMatch(/[\r\n]/);
  });

  it('is one word with Basic', () => {
    expect(authorization({ scheme: 'basic' }, admin, camera)).toBe('Basic YWRtaW46czNjcmV0');
  });
});

describe('signing', () => {
  const admin: Credentials = { user: 'admin', password: 's3cret' };
  const asks = (nonce: string, more = '') => [`Digest realm="r", nonce="${nonce}", qop="auth"${more}`];
  const start = (credentials: Credentials | null = admin) => createSigning(credentials, () => 'own');

  it('is silent until somebody asks, then counts its requests', () => {
    const signing = start();
    expect(signing.sign('DESCRIBE', 'u')).toBeNull();
    expect(signing.refused(asks('n'))).toBe('repeat');
    expect(signing.sign('DESCRIBE', 'u')).toContain('nonce="n"');
    expect(signing.sign('SETUP', 'u')).toContain('nc=00000002');
  });

  it('gives up after one signed request', () => {
    const signing = start();
    signing.refused(asks('n'));
    signing.sign('DESCRIBE', 'u');
    expect(signing.refused(asks('m'))).toBe('bad credentials');
  });

  it.each([
    ['says that it is stale', ', stale=true', false],
    ['took the credentials before', '', true],
  ])('takes a new nonce once when the server %s', (_sentence, more, before) => {
    const signing = start();
    signing.refused(asks('n'));
    signing.sign('DESCRIBE', 'u');
    if (before) {
      signing.accepted();
      signing.sign('SETUP', 'u');
    }
    expect(signing.refused(asks('m', more))).toBe('repeat');
    expect(signing.sign('SETUP', 'u')).toMatch(/nonce="m".*nc=00000001/);
    expect(signing.refused(asks('o', more))).toBe('bad credentials');
  });

  it('has nothing to say without credentials, or without a scheme that it knows', () => {
    expect(start(null).refused(asks('n'))).toBe('no credentials');
    expect(start().refused(['Negotiate'])).toBe('no scheme in common');
  });
});
