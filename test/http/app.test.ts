import { describe, expect, test } from 'vitest';
import {
  badNight,
  clientChange,
  clientList,
  clientRows,
  fakeControl,
  foundClient,
  historyRows,
  probeResult,
  status,
  tableViews,
} from './fake-control.ts';
import { ask, serve } from './harness.ts';

describe('the API', () => {
  test('answers each question as the daemon does', async () => {
    const { path } = await serve(fakeControl(badNight()));
    expect((await ask(path, 'GET', '/status')).json).toEqual(badNight());
    expect((await ask(path, 'GET', '/table')).json).toEqual(tableViews);
    expect((await ask(path, 'GET', '/history')).json).toEqual(historyRows);
    expect((await ask(path, 'GET', '/servers/edge1/explanation')).json).toMatchObject({ server: { name: 'edge1' } });
    expect((await ask(path, 'POST', '/servers/edge1/probe')).json).toEqual([probeResult()]);
    expect((await ask(path, 'POST', '/alerts/oncall/test', {})).json).toEqual({ notices: 2 });
    expect((await ask(path, 'GET', '/clients')).json).toEqual(clientList);
    expect((await ask(path, 'GET', '/clients?from=1&limit=1')).json).toEqual({
      ...clientList,
      rows: [clientRows[1]],
    });
    expect((await ask(path, 'GET', '/clients/192.168.7.21')).json).toEqual(foundClient);
    const set = await ask(path, 'POST', '/clients/192.168.7.21', { mark: 2, by: 'anna' });
    expect(set.json).toEqual(clientChange);
    expect((await ask(path, 'DELETE', '/clients/192.168.7.21?by=anna')).json).toEqual(clientChange);
    expect((await ask(path, 'POST', '/reload', {})).json).toEqual({ changed: ['server edge3 is new'] });
    expect((await ask(path, 'POST', '/backup', { file: '/tmp/x.db' })).json).toEqual({
      file: '/tmp/x.db',
      bytes: 40_960,
    });
  });

  test('hands on what was asked, in the types of the contract', async () => {
    const control = fakeControl();
    const { path } = await serve(control);
    await ask(path, 'GET', '/history?server=edge1&since=1000&limit=7');
    await ask(path, 'GET', '/history');
    await ask(path, 'POST', '/servers/edge1/hold', { kind: 'drain', forMs: 7_200_000, why: 'kernel', by: 'anna' });
    await ask(path, 'POST', '/servers/edge1/hold', { kind: 'disable', forMs: '2h', by: 'anna' });
    await ask(path, 'POST', '/servers/edge1/enable', { by: 'anna', why: 'done' });
    await ask(path, 'POST', '/servers/edge1/pin', { weight: 30, service: 'playout', forMs: '2h', by: 'anna' });
    await ask(path, 'POST', '/servers/edge1/pin', { weight: 65_535, by: 'anna', why: 'large' });
    await ask(path, 'POST', '/servers/edge1/unpin', { service: 'playout', by: 'anna' });
    await ask(path, 'POST', '/servers/edge1/unpin', { by: 'anna', why: 'done' });
    await ask(path, 'POST', '/servers/edge1/probe', { monitor: 'rtsp' });
    await ask(path, 'GET', '/clients');
    await ask(path, 'GET', '/clients/192.168.7.0%2F24');
    await ask(path, 'POST', '/clients/2001:db8::%2F32', { mark: '0x10', by: 'anna', why: 'new' });
    await ask(path, 'DELETE', '/clients/192.168.7.0%2F24?by=anna&why=gone%20home');
    expect(control.asked).toEqual([
      ['history', { server: 'edge1', sinceMs: 1000, limit: 7 }],
      ['history', { limit: 100 }],
      ['hold', 'edge1', { kind: 'drain', forMs: 7_200_000, why: 'kernel', by: 'anna' }],
      ['hold', 'edge1', { kind: 'disable', forMs: 7_200_000, why: '', by: 'anna' }],
      ['enable', 'edge1', 'anna', 'done'],
      ['pin', 'edge1', { weight: 30, service: 'playout', forMs: 7_200_000, why: '', by: 'anna' }],
      ['pin', 'edge1', { weight: 65_535, service: null, forMs: null, why: 'large', by: 'anna' }],
      ['unpin', 'edge1', 'playout', 'anna', ''],
      ['unpin', 'edge1', null, 'anna', 'done'],
      ['probe', 'edge1', 'rtsp'],
      ['clients', 0, 100],
      ['findClient', '192.168.7.0/24'],
      ['setClient', '2001:db8::/32', 16, { by: 'anna', why: 'new' }],
      ['unsetClient', '192.168.7.0/24', { by: 'anna', why: 'gone home' }],
    ]);
  });

  test.each([
    ['POST', '/servers/edge1/hold', { kind: 'stop', by: 'anna' }, 'kind: expected drain or disable, got `stop`'],
    ['POST', '/servers/edge1/hold', { kind: 'drain' }, 'by: expected text, got nothing'],
    ['POST', '/servers/edge1/hold', { kind: 'drain', by: ' ' }, 'by: expected text, got nothing'],
    ['POST', '/servers/edge1/hold', { kind: 'drain', by: 7 }, 'by: expected text, got `7`'],
    [
      'POST',
      '/servers/edge1/hold',
      { kind: 'drain', by: 'a', why: 'x\u001b[2J' },
      'why: expected one line of text, got control characters',
    ],
    [
      'POST',
      '/servers/edge1/hold',
      { kind: 'drain', by: 'a', forMs: 'soon' },
      'forMs: expected milliseconds or a duration such as 2h, got `soon`',
    ],
    ['POST', '/servers/edge1/hold', { kind: 'drain', by: 'a', forMs: -5 }, 'forMs: expected 1s to 366d, got `-5`'],
    [
      'POST',
      '/servers/edge1/hold',
      { kind: 'drain', by: 'a', forMs: 1e300 },
      'forMs: expected 1s to 366d, got `1e+300`',
    ],
    [
      'POST',
      '/servers/edge1/hold',
      { kind: 'drain', by: 'a', hours: 2 },
      'expected only kind, forMs, by, why, got `hours`',
    ],
    [
      'POST',
      '/servers/edge1/pin',
      { weight: 0, by: 'a' },
      'weight: expected a whole number from 1 to 65535, got `0`: to send no new viewers is a drain',
    ],
    ['POST', '/servers/edge1/pin', { by: 'a' }, 'weight: expected a whole number from 1 to 65535, got nothing'],
    [
      'POST',
      '/servers/edge1/pin',
      { weight: 1.5, by: 'a' },
      'weight: expected a whole number from 1 to 65535, got `1.5`',
    ],
    ['POST', '/servers/edge1/pin', { weight: 5, service: 7, by: 'a' }, 'service: expected text, got `7`'],
    ['POST', '/servers/edge1/unpin', {}, 'by: expected text, got nothing'],
    ['POST', '/servers/edge1/hold', '[1]', 'expected a JSON object, got `[1]`'],
    ['POST', '/servers/edge1/hold', '{"kind":', 'expected JSON, got `{"kind":`'],
    ['POST', '/servers/edge1/ack', { by: 'a', why: 'x'.repeat(501) }, 'why: expected at most 500 characters, got 501'],
    ['POST', '/backup', { file: 'here.db' }, 'file: expected an absolute path, got `here.db`'],
    ['POST', '/reload', { now: true }, 'expected only no keys, got `now`'],
    ['POST', '/clients/10.0.0.1', { by: 'a' }, 'mark: expected a whole number from 1 to 4294967295, got nothing'],
    ['POST', '/clients/10.0.0.1', { mark: 0, by: 'a' }, 'mark: expected a whole number from 1 to 4294967295, got `0`'],
    [
      'POST',
      '/clients/10.0.0.1',
      { mark: 4294967296, by: 'a' },
      'mark: expected a whole number from 1 to 4294967295, got `4294967296`',
    ],
    [
      'POST',
      '/clients/10.0.0.1',
      { mark: '2; reboot', by: 'a' },
      'mark: expected a whole number from 1 to 4294967295, got `2; reboot`',
    ],
    ['POST', '/clients/10.0.0.1', { mark: 2 }, 'by: expected text, got nothing'],
    ['DELETE', '/clients/10.0.0.1', undefined, 'by: expected text, got nothing'],
    ['GET', `/clients/${'1'.repeat(101)}`, undefined, 'network: expected at most 100 characters, got 101'],
    ['GET', '/clients?limit=10001', undefined, 'limit: expected a whole number from 0 to 10000, got `10001`'],
    ['GET', '/history?limit=0', undefined, 'limit: expected a whole number from 1 to 10000, got `0`'],
    [
      'GET',
      '/history?since=yesterday',
      undefined,
      'since: expected a whole number from 0 to 9007199254740991, got `yesterday`',
    ],
  ])('refuses %s %s with %.60j', async (method, address, body, error) => {
    const control = fakeControl();
    const { path } = await serve(control);
    const answer = await ask(path, method, address, body);
    expect(answer.json).toEqual({ error });
    expect(answer.status).toBe(400);
    expect(control.asked).toEqual([]);
  });

  test('refuses a body beyond 64 kB without reading it to its end', async () => {
    const { path } = await serve(fakeControl());
    const answer = await ask(path, 'POST', '/servers/edge1/ack', { by: 'a', why: 'x'.repeat(70_000) });
    expect(answer).toMatchObject({ status: 413, json: { error: 'expected a body of at most 65536 bytes, got more' } });
    expect((await ask(path, 'POST', '/reload', undefined, 70_000)).status).toBe(413);
  });

  test('says 404 for an unknown name, 409 for what may not be done now, 500 with the cause for a fault', async () => {
    const failing = fakeControl(status(), {
      reload: async () => {
        throw new Error('disk full');
      },
    });
    const { path } = await serve(failing);
    expect(await ask(path, 'POST', '/servers/egde1/ack', { by: 'a' })).toMatchObject({
      status: 404,
      json: { error: 'no server is called `egde1`, did you mean `edge1`' },
    });
    expect(await ask(path, 'POST', '/servers/edge1/ack', { by: 'a' })).toMatchObject({
      status: 409,
      json: { error: 'edge1 has no open incident' },
    });
    expect(await ask(path, 'POST', '/reload')).toMatchObject({
      status: 500,
      json: { error: 'internal error: disk full' },
    });
  });

  test('answers an unknown address and a wrong method in JSON', async () => {
    const { path } = await serve(fakeControl());
    expect(await ask(path, 'GET', '/nothing')).toMatchObject({
      status: 404,
      json: { error: 'not found: `/nothing`' },
    });
    const wrong = await ask(path, 'DELETE', '/status');
    expect(wrong).toMatchObject({ status: 405, json: { error: 'expected GET, HEAD, got `DELETE`' } });
    expect(wrong.headers.allow).toBe('GET, HEAD');
    expect((await ask(path, 'PUT', '/clients/10.0.0.1')).headers.allow).toBe('GET, HEAD, POST, DELETE');
    expect((await ask(path, 'GET', '/reload')).headers.allow).toBe('POST');
  });

  test('answers HEAD without a body, also for the event stream', async () => {
    const control = fakeControl();
    const { path } = await serve(control);
    expect(await ask(path, 'HEAD', '/status')).toMatchObject({ status: 200, text: '' });
    expect(await ask(path, 'HEAD', '/events')).toMatchObject({ status: 200, text: '' });
    expect(control.listeners()).toBe(0);
  });
});
