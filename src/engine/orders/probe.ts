/** Runs checks for a person and keeps the whole conversation. */

import { type ProbeResult, Refusal } from '../../api/control.ts';
import type { CheckConfig, Config } from '../../config/config.ts';
import type { Check, Monitor, Target, Trace } from '../../plugin/plugin.ts';
import type { Clock, Log } from '../../ports.ts';
import { runCheck } from '../watch/runner.ts';
import { targetsOf } from '../watch/targets.ts';

/** What of one conversation is kept; the rest is counted. */
const keptBytes = 16_384;

export async function probeServer(
  config: Config,
  monitors: ReadonlyMap<string, Monitor>,
  server: string,
  monitor: string | null,
  world: { readonly clock: Clock; readonly log: Log },
): Promise<readonly ProbeResult[]> {
  knownServer(config, server);
  const checks = config.checks.filter(
    (check) => check.server === server && (monitor ?? check.monitor.name) === check.monitor.name,
  );
  if (checks.length === 0) {
    const names = config.checks.filter((check) => check.server === server).map((check) => check.monitor.name);
    const expected = names.length === 0 ? 'a server that a watch names' : `one of ${names.join(', ')}`;
    throw new Refusal(`expected ${expected}, got \`${monitor ?? server}\``, true);
  }
  const targetOf = targetsOf(config);
  return Promise.all(checks.map((check) => probeOne(check, monitors, targetOf(check), world)));
}

export function knownServer(config: Config, name: string): { readonly address: string } {
  const server = config.servers.get(name);
  if (server !== undefined) return server;
  throw new Refusal(`expected one of ${[...config.servers.keys()].join(', ')}, got \`${name}\``, true);
}

async function probeOne(
  config: CheckConfig,
  monitors: ReadonlyMap<string, Monitor>,
  target: Target,
  world: { readonly clock: Clock; readonly log: Log },
): Promise<ProbeResult> {
  const { name, type, options, timing } = config.monitor;
  const check = monitors.get(type)?.prepare(options) as Check;
  const { trace, phases, conversation } = recordTrace(world.clock);
  const limits = { timeoutMs: timing.timeoutMs, hedgeMs: timing.timeoutMs };
  const { observation } = await runCheck(check, target, limits, { ...world, trace });
  const { status, summary, detail = '', measures = {}, tookMs } = observation;
  const { server, address } = target;
  return {
    server,
    address,
    monitor: name,
    type,
    status,
    summary,
    detail,
    measures,
    tookMs,
    phases: [...phases, { name: 'total', atMs: tookMs }],
    conversation,
  };
}

function recordTrace(clock: Clock): {
  readonly trace: Trace;
  readonly phases: { name: string; atMs: number }[];
  readonly conversation: { atMs: number; direction: 'sent' | 'received' | 'note'; text: string }[];
} {
  const startedMs = clock.monoMs();
  const phases: { name: string; atMs: number }[] = [];
  const conversation: { atMs: number; direction: 'sent' | 'received' | 'note'; text: string }[] = [];
  let left = keptBytes;
  const write = (direction: 'sent' | 'received' | 'note', bytes: Uint8Array | string): void => {
    const text = typeof bytes === 'string' ? bytes : readable(bytes);
    if (left <= 0) return;
    conversation.push({ atMs: clock.monoMs() - startedMs, direction, text: text.slice(0, left) });
    left -= text.length;
    if (left <= 0)
      conversation.push({ atMs: clock.monoMs() - startedMs, direction: 'note', text: 'the rest is not kept' });
  };
  const trace: Trace = {
    phase: (name) => void phases.push({ name, atMs: clock.monoMs() - startedMs }),
    sent: (bytes) => write('sent', bytes),
    received: (bytes) => write('received', bytes),
    note: (text) => write('note', text),
  };
  return { trace, phases, conversation };
}

/** Text as it is; bytes that are not text as a count and their beginning in hexadecimal. */
function readable(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const printable = [...text].filter((c) => c === '\r' || c === '\n' || c === '\t' || (c >= ' ' && c <= '~')).length;
  if (printable >= text.length * 0.9) return text;
  return `${bytes.length} bytes: ${Buffer.from(bytes.subarray(0, 48)).toString('hex')}${bytes.length > 48 ? '...' : ''}`;
}
