/** A server that is to be checked, and what all kinds of checks have in common. */
import { knowsItself } from '../cluster/checks.ts';
import type { Times } from '../cluster/numbers.ts';
import type { Remarks } from '../cluster/remarks.ts';
import type { Rules } from './rules.ts';
import type { Line } from './sections.ts';

export interface Checked {
  readonly address: string;
  /** null: neither the server nor its check has one. */
  readonly port: number | null;
  readonly times: Times;
  /** The server speaks TLS only. */
  readonly tls: boolean;
  /** What it expects before the request. */
  readonly before: 'proxy' | 'proxy-v2' | null;
  /** The line that has the interval. */
  readonly timesLine: Line;
  /** Its line. */
  readonly line: Line;
}

/** What all kinds of checks work with. */
export interface Surroundings {
  readonly rules: Rules;
  readonly server: Checked;
  readonly entry: Readonly<Record<string, unknown>>;
  readonly remarks: Remarks;
}

/** A PROXY header of a connection that carries nobody else's (proxy-protocol, 2.1 and 2.2). */
export const proxyLines = {
  proxy: 'PROXY UNKNOWN\r\n',
  'proxy-v2': '\r\n\r\n\0\r\nQUIT\n \0\0\0',
} as const;

/** null: a remark says that there is none. */
export function portOr(port: number | null, { server: { line }, remarks }: Surroundings): number | null {
  if (port === null) {
    const expected = 'expected a port after the address, or `port`, for the check of this server';
    remarks.skipped(line.place, `${expected}, got none`);
  }
  return port;
}

/** A monitor of our own knows its answers. */
export function reportExpects(monitor: string, steps: readonly Line[], remarks: Remarks): void {
  for (const { words, place } of steps) {
    if (words[1] === 'expect') remarks.changed(place, knowsItself(monitor));
  }
}

export function reportNoTls(what: string, port: number, line: Line, remarks: Remarks): void {
  remarks.changed(line.place, `${what} is a TCP connect to port ${port} here, without TLS`);
}
