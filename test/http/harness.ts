/** What the tests of the socket and of the command line share: temp folders, a silent log, a client without manners. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Control } from '../../src/api/control.ts';
import { type ControlSocket, openControlSocket } from '../../src/http/socket.ts';
import type { Log } from '../../src/ports.ts';
import { systemClock } from '../../src/system/clock.ts';

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Serves until the test ends. */
export async function serve(control: Control, path = join(tempFolder(), 'control.sock')): Promise<ControlSocket> {
  const socket = await openControlSocket({ path, control, clock: systemClock, log: silentLog });
  onTestFinished(() => socket.close());
  return socket;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

/** `chunkedBytes`: spaces sent without a length beforehand. */
export function ask(
  socketPath: string,
  method: string,
  path: string,
  body?: string | object,
  chunkedBytes = 0,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        const isJson = answer.headers['content-type']?.startsWith('application/json') && text !== '';
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text,
          json: isJson ? JSON.parse(text) : null,
        });
      });
    });
    asked.on('error', reject);
    if (chunkedBytes > 0) asked.write(' '.repeat(chunkedBytes));
    asked.end(typeof body === 'object' ? JSON.stringify(body) : body);
  });
}
