import { setTimeout as sleep } from 'node:timers/promises';
import { rtsp } from '../../../monitors/rtsp.ts';
import { listen } from '../bad-servers.ts';
import { recordTrace, runCheck } from '../context.ts';
import { prepare } from '../sample.ts';
import type { FakeRtsp } from './fake-server.ts';

/** Sets a check before a fake server; gives its verdict and what it asked. */
export async function meet(fake: FakeRtsp, options: object, deadlineMs = 2000) {
  const server = await listen(fake.serve);
  const { trace, recorded } = recordTrace();
  const check = prepare(rtsp, { port: server.port, path: '/live', ...options });
  const verdict = await runCheck((target, context) => check(target, { ...context, trace }), deadlineMs);
  await until(() => server.open() === 0);
  await server.close();
  const asked = fake.requests.map(({ method, uri }) => `${method} ${uri.replace(/^rtsp:\/\/127\.0\.0\.1:\d+/, '')}`);
  return { verdict, asked, requests: fake.requests, recorded, port: server.port };
}

/** Polls; where it never comes true, the test runs into its time limit. Tests that run beside others cannot `expect.poll`. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(5);
}
