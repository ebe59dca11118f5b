import { describe, expect, test } from 'vitest';
import { listensOn, optionOf, readSettings, type Settings } from '../../src/agent/settings.ts';

function read(value: object): { readonly settings: Settings | null; readonly wrong: readonly string[] } {
  const wrong: string[] = [];
  const settings = readSettings(value, (path, message) => wrong.push(`${optionOf(path)}: ${message}`));
  return { settings, wrong };
}

describe('what is not said', () => {
  test('is the old script: all six limits, against a WCS on this machine', () => {
    const { settings } = read({});
    expect(settings).toMatchObject({
      port: 9707,
      limits: { cpu: 90, publishers: 100, subscribers: 100, hls: 100, band_in: 100, band_out: 100 },
      wcs: 'http://127.0.0.1:8081/?action=stat&format=json',
      measure: 'load5',
      every: 5000,
      hold: 30_000,
      last_word: 'up 100%',
    });
  });

  test('asks no WCS where no limit needs one', () => {
    expect(read({ limits: { cpu: 90, band_out: 100 } }).settings).not.toHaveProperty('wcs');
    expect(read({ limits: { hls: 90 } }).settings).toHaveProperty('wcs');
  });

  test('leaves HLS out with nginx-rtmp, which does not count it', () => {
    const { settings } = read({ nginx_rtmp: 'http://127.0.0.1:8080/stat' });
    expect(settings?.limits).toEqual({ cpu: 90, publishers: 100, subscribers: 100, band_in: 100, band_out: 100 });
    expect(settings).not.toHaveProperty('wcs');
  });
});

test.each([
  [{}, '127.0.0.1'],
  [{ only_from: ['10.10.3.5'] }, null],
  [{ only_from: ['any'] }, null],
  [{ only_from: ['10.10.3.5'], bind: '10.10.3.20' }, '10.10.3.20'],
  [{ only_from: ['10.10.3.5'], bind: '0.0.0.0' }, '0.0.0.0'],
  [{ bind: '[::1]' }, '::1'],
])('%j listens on %s', (value, address) => {
  const { settings } = read(value);
  expect(settings && listensOn(settings)).toBe(address);
});

test.each([
  [{ bind: '10.10.3.20' }, '--bind: expected `only-from` beside an address that others reach'],
  [{ bind: 'edge1' }, '--bind: expected an IP address, got `edge1`'],
  [{ port: 'http' }, '--port: expected a port from 1 to 65535, got `http`'],
  [{ only_from: ['edge1'] }, '--only-from: expected an IP address (names are not looked up), got `edge1`'],
  [{ only_from: ['10.10.3.0/33'] }, '--only-from: expected a prefix length from 1 to 32, got `10.10.3.0/33`'],
  [{ limits: { cpu: 0 } }, 'cpu: expected a number from 1 to 10000, got `0`'],
  [{ limits: { disk: 101 } }, 'disk: expected a number from 1 to 100, got `101`'],
  [{ limits: { band_in: 0 } }, 'band-in: expected a number from 1 to 1000000000, got `0`'],
  [{ measure: 'load' }, '--measure: expected one of load5, load1, busy, got `load`, did you mean `load5`?'],
  [{ wcs: 'wcs:8081' }, '--wcs: expected a URL that begins with http:// or https://, got `wcs:8081`'],
  [{ wcs: 'http://a/', nginx_rtmp: 'http://b/' }, '--nginx-rtmp: expected one source of statistics, got wcs as well'],
  [
    { nginx_rtmp: 'http://b/', limits: { hls: 5 } },
    'hls: nginx-rtmp does not count HLS viewers, expected no such limit',
  ],
  [{ every: '100ms' }, '--every: expected at least 1s, got `100ms`'],
  [{ hold: 'soon' }, '--hold: expected a duration such as 100ms, 1s, 5m, 2h, got `soon`'],
  [{ last_word: 'ready' }, '--last-word: expected `up`, `up N%`, `N%`, `down #why` or none, got `ready`'],
])('%j is refused: %s', (value, message) => {
  expect(read(value)).toEqual({ settings: null, wrong: [message] });
});

test('every problem is told at once', () => {
  expect(read({ port: 0, hold: 'x', speed: 1 }).wrong).toHaveLength(3);
});
