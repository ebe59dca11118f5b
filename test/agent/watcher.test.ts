import { expect, onTestFinished, test } from 'vitest';
import { diskSource, hostSource, type Source, statsSource } from '../../src/agent/sources.ts';
import { startWatcher } from '../../src/agent/watcher.ts';
import { readReport } from '../../src/formats/agent-report.ts';
import { systemClock } from '../../src/system/clock.ts';
import { manualClock } from '../fake/clock.ts';
import { silentLog } from '../http/harness.ts';
import { answerAndClose, closedPort, flood, garbage, listen, silent } from '../monitors/bad-servers.ts';
import { httpAnswer, sample } from '../monitors/sample.ts';
import { type Paper, readPaper } from './host-texts.ts';

const common = { everyMs: 5000, log: silentLog };

test('reads the rates with a second look after a second, then on its beat', async () => {
  const clock = manualClock();
  let paper: Paper = {};
  const host = hostSource(
    readPaper(() => paper),
    { measure: 'load5', interface: null },
  );
  const watcher = await startWatcher({
    ...common,
    clock,
    sources: [host],
    rules: { limits: { band_out: 100 }, holdMs: 30_000 },
  });
  onTestFinished(() => watcher.close());
  expect(watcher.answer()).toBeNull();
  expect(readReport(`${watcher.report()}\n`)?.missing).toMatchObject({ band_out: 'no earlier reading' });
  paper = { sent: 1_250_000, idle: 100 };
  await clock.advance(1000);
  expect(watcher.answer()).toBe('up 100%');
  expect(readReport(`${watcher.report()}\n`)).toMatchObject({
    figures: { band_out: 10, cpu: 50 },
    limits: { band_out: 100 },
  });
  paper = { sent: 1_250_000 + 125_000_000, idle: 200 };
  await clock.advance(5000);
  expect(readReport(`${watcher.report()}\n`)).toMatchObject({ figures: { band_out: 200 }, ageMs: 0 });
  watcher.close();
  expect(clock.timers()).toBe(0);
});

test('a source that hangs is missing after 2 s, and is not asked again before it has ended', async () => {
  const clock = manualClock();
  let asked = 0;
  let answer = () => {};
  const source: Source = {
    names: ['disk'],
    lateCause: 'disk does not answer',
    read: () => {
      asked += 1;
      return new Promise((resolve) => {
        answer = () => resolve({ figures: { disk: 5 }, missing: {} });
      });
    },
  };
  const starting = startWatcher({ ...common, clock, sources: [source], rules: { limits: { disk: 90 }, holdMs: 0 } });
  await clock.advance(2000);
  const watcher = await starting;
  onTestFinished(() => watcher.close());
  expect(watcher.answer()).toBe('down #no data: disk does not answer');
  await clock.advance(60_000);
  expect(asked).toBe(1);
  answer();
  await clock.advance(5000);
  expect(asked).toBe(2);
  answer();
  await clock.advance(0);
  expect(watcher.answer()).toBe('up 100%');
});

test('a beat that was slept through is skipped and not made up for', async () => {
  const clock = manualClock();
  let looks = 0;
  const source: Source = {
    names: ['cpu'],
    lateCause: '',
    read: async () => {
      looks += 1;
      return { figures: { cpu: 5 }, missing: {} };
    },
  };
  let skippedMs = 0;
  const sleepy = { ...clock, monoMs: () => clock.monoMs() + skippedMs };
  const watcher = await startWatcher({
    ...common,
    clock: sleepy,
    sources: [source],
    rules: { limits: { cpu: 90 }, holdMs: 0 },
  });
  onTestFinished(() => watcher.close());
  await clock.advance(1000);
  skippedMs = 3_600_000;
  const before = looks;
  await clock.advance(10_000);
  expect(looks - before).toBe(2);
});

test('tells a change of the answer and a figure that is missing, once each', async () => {
  const clock = manualClock();
  const told: unknown[] = [];
  let cpu: number | null = 10;
  const source: Source = {
    names: ['cpu'],
    lateCause: '',
    read: async () => (cpu === null ? { figures: {}, missing: { cpu: 'no cpu' } } : { figures: { cpu }, missing: {} }),
  };
  const say = (level: string) => (fields: object, text: string) => void told.push([level, text, fields]);
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const watcher = await startWatcher({
    ...common,
    log,
    clock,
    sources: [source],
    rules: { limits: { cpu: 90 }, holdMs: 10_000 },
  });
  onTestFinished(() => watcher.close());
  cpu = null;
  await clock.advance(21_000);
  cpu = 10;
  await clock.advance(5000);
  expect(told).toEqual([
    ['info', 'answer changes', { from: null, to: 'up 100%', figures: { cpu: 10 } }],
    ['warn', 'figures are missing; the last answer stands', { cause: 'no cpu' }],
    ['info', 'answer changes', { from: 'up 100%', to: 'down #no data: no cpu', figures: {} }],
    ['info', 'answer changes', { from: 'down #no data: no cpu', to: 'up 100%', figures: { cpu: 10 } }],
    ['info', 'all figures are known', {}],
  ]);
});

test('a start tells no rate that lacks its second look', async () => {
  const clock = manualClock();
  const told: unknown[] = [];
  const host = hostSource(
    readPaper(() => ({})),
    { measure: 'load5', interface: null },
  );
  const watcher = await startWatcher({
    ...common,
    log: {
      ...silentLog,
      warn: (fields: object) => void told.push(fields),
      info: (_: object, text: string) => void told.push(text),
    },
    clock,
    sources: [host],
    rules: { limits: { band_out: 100 }, holdMs: 0 },
  });
  onTestFinished(() => watcher.close());
  expect(watcher.answer()).toBeNull();
  await clock.advance(1000);
  expect(told).toEqual(['answer changes']);
});

test('the fullest of the file systems counts, and one that is not there is said', async () => {
  const usages: Readonly<Record<string, { used: number; free: number }>> = {
    '/': { used: 30, free: 70 },
    '/video': { used: 901, free: 99 },
    '/proc': { used: 0, free: 0 },
  };
  const askDisk = async (path: string) => usages[path] ?? Promise.reject(new Error('ENOENT'));
  const { signal } = new AbortController();
  expect((await diskSource(askDisk, ['/', '/video', '/proc']).read(0, signal)).figures).toEqual({ disk: 91 });
  expect(await diskSource(askDisk, ['/', '/lost']).read(0, signal)).toEqual({
    figures: {},
    missing: { disk: 'no file system at /lost' },
  });
});

test.each([
  ['a good answer', answerAndClose(httpAnswer(sample('wcs/wcs-stat.json'))), null],
  ['an error', answerAndClose(httpAnswer('no', '503 Busy')), 'wcs answers 503'],
  [
    'a redirect',
    answerAndClose('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n'),
    'wcs answers 302',
  ],
  ['an empty page', answerAndClose(httpAnswer('')), 'no WCS statistics'],
  ['RTSP', answerAndClose('RTSP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}'), 'wcs does not speak HTTP'],
  ['garbage', answerAndClose(garbage), 'wcs does not speak HTTP'],
  ['an early end', answerAndClose(''), 'wcs unreachable'],
  ['an end in the middle', answerAndClose('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"'), 'wcs hangs up'],
  ['a flood', flood('HTTP/1.1 200 OK\r\n\r\n{', ' '), 'wcs does not end its answer'],
])('the statistics page: %s', async (_, behave, cause) => {
  const server = await listen(behave);
  onTestFinished(() => server.close());
  const source = statsSource('wcs', `http://127.0.0.1:${server.port}/?action=stat&format=json`);
  const { figures, missing } = await source.read(0, new AbortController().signal);
  if (cause === null) expect(figures).toEqual({ publishers: 11, subscribers: 15, hls: 2 });
  else expect(missing).toEqual({ publishers: cause, subscribers: cause, hls: cause });
  await expect.poll(() => server.open()).toBe(0);
});

test('the statistics page: refused, and silent until the deadline', async () => {
  const source = statsSource('nginx_rtmp', `http://127.0.0.1:${await closedPort()}/stat`);
  expect((await source.read(0, new AbortController().signal)).missing).toMatchObject({
    publishers: 'nginx-rtmp unreachable',
  });

  const server = await listen(silent);
  onTestFinished(() => server.close());
  const rules = { limits: { publishers: 10 }, holdMs: 0 };
  const mute = statsSource('wcs', `http://127.0.0.1:${server.port}/`);
  const watcher = await startWatcher({ ...common, clock: systemClock, sources: [mute], rules });
  onTestFinished(() => watcher.close());
  expect(watcher.answer()).toBe('down #no data: wcs does not answer');
  await expect.poll(() => server.open()).toBe(0);
});

test('the statistics page: TLS where there is none', async () => {
  const server = await listen(answerAndClose(httpAnswer('{}')));
  onTestFinished(() => server.close());
  const source = statsSource('wcs', `https://127.0.0.1:${server.port}/`);
  const { missing } = await source.read(0, new AbortController().signal);
  expect(missing).toMatchObject({ hls: 'wcs does not speak TLS' });
});

test('a login in the URL is sent as one, and nowhere else', async () => {
  let request = '';
  const server = await listen((socket) => {
    socket.once('data', (chunk) => {
      request = chunk.toString();
      socket.end(httpAnswer(sample('wcs/wcs-stat.json')));
    });
  });
  onTestFinished(() => server.close());
  const source = statsSource('wcs', `http://stat:p%40ss@127.0.0.1:${server.port}/?action=stat`);
  await source.read(0, new AbortController().signal);
  expect(request).toMatch(/^GET \/\?action=stat HTTP\/1\.1\r\n/);
  expect(request.toLowerCase()).toContain(
    `authorization: basic ${Buffer.from('stat:p@ss').toString('base64')}`.toLowerCase(),
  );
});
