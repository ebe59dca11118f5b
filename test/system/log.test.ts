import { spawnSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openLog } from '../../src/system/log.ts';
import { redact, redactText } from '../../src/system/redact.ts';

function lines(level: 'debug' | 'info' | 'warn' | 'error' = 'info') {
  const written: string[] = [];
  const { log } = openLog({ level, pretty: false, to: { write: (text: string) => void written.push(text) } });
  return { log, read: () => written.map((line) => JSON.parse(line)) };
}

describe('the log', () => {
  test('is one JSON object a line: fields first, the text after', () => {
    const { log, read } = lines();
    log.info({ server: 'edge1', to: 'fail' }, 'status change');
    expect(read()).toEqual([
      { level: 'info', time: expect.any(String), server: 'edge1', to: 'fail', msg: 'status change' },
    ]);
  });

  test('leaves out what is below its level', () => {
    const { log, read } = lines('warn');
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({}, 'c');
    log.error({}, 'd');
    expect(read().map(({ msg }) => msg)).toEqual(['c', 'd']);
  });

  test('tells an error with its cause, under any name', () => {
    const { log, read } = lines();
    log.error({ fault: new Error('cannot send', { cause: new Error('connection refused') }) }, 'delivery failed');
    expect(read()[0].fault).toMatchObject({ message: 'cannot send', cause: { message: 'connection refused' } });
  });

  test('never carries a secret', () => {
    const { log, read } = lines();
    log.info(
      { mail: { relays: ['smtp://user:hunter2@mx.example.org'], password: 'hunter2' } },
      'uses smtp://u:hunter2@mx',
    );
    expect(JSON.stringify(read())).not.toContain('hunter2');
  });

  test('is readable on a terminal', async () => {
    let text = '';
    const to = new Writable({
      write(chunk, _, done) {
        text += String(chunk);
        done();
      },
    });
    const { log } = openLog({ level: 'info', pretty: true, to });
    log.warn({ server: 'edge1', summary: 'no answer' }, 'status change');
    await expect
      .poll(() => text, { timeout: 5000 })
      .toMatch(/WARN.*: status change +server=edge1 summary="no answer"\n$/);
  });

  test('is whole on stdout after the flush, also through a pipe', () => {
    const built = fileURLToPath(new URL('../../dist/src/system/log.js', import.meta.url));
    const script = `
      const { openLog } = await import(${JSON.stringify(built)});
      const { log, flush } = openLog({ level: 'info', pretty: false });
      for (let i = 0; i < 5000; i++) log.info({ i }, 'line');
      flush();
      process.exit(0);`;
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const rows = stdout.trimEnd().split('\n');
    expect({ status, rows: rows.length, last: JSON.parse(rows.at(-1) ?? '').i }).toEqual({
      status: 0,
      rows: 5000,
      last: 4999,
    });
  });
});

describe('redaction', () => {
  test.each([
    [
      { password: 'x', user: 'u' },
      { password: '[secret]', user: 'u' },
    ],
    [
      { smtpPassword: 'x', api_key: 'x', Authorization: 'x' },
      { smtpPassword: '[secret]', api_key: '[secret]', Authorization: '[secret]' },
    ],
    [{ token: null }, { token: null }],
    [{ list: ['https://a:b@c/d'] }, { list: ['https://a:[secret]@c/d'] }],
    [new Map([['secret', 'x']]), { secret: '[secret]' }],
    [new Set(['a']), ['a']],
    [
      { bytes: new Uint8Array(9), big: 7n, when: new Date(0) },
      { bytes: '[9 bytes]', big: '7', when: '1970-01-01T00:00:00.000Z' },
    ],
  ])('of %o', (value, shown) => {
    expect(redact(value)).toEqual(shown);
  });

  test('leaves addresses without a password alone', () => {
    const text = 'rtsp://10.10.3.20:554/live and http://[::1]:8081/stat?a=b@c';
    expect(redactText(text)).toBe(text);
  });

  test('ends in a circle', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(JSON.stringify(redact(circle))).toContain('[deeper]');
  });
});
