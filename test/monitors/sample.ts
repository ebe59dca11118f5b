import { readFileSync } from 'node:fs';
import type { Check, Monitor } from '../../src/plugin/plugin.ts';

/** Captured bytes; test/samples/README.md says from where. */
export function sample(path: string): Buffer {
  return readFileSync(new URL(`../samples/${path}`, import.meta.url));
}

/** As the configuration would: options through the monitor's own schema, defaults filled in. */
export function prepare(monitor: Monitor, options: object): Check {
  return monitor.prepare(monitor.options.parse(options));
}

export function httpAnswer(body: Buffer | string, status = '200 OK'): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes]);
}
