/** Servers and incidents as the API shows them. */

import type { CheckStatusView, IncidentStatus, ServerStatus } from '../../api/control.ts';
import type { Incident } from '../../core/incident.ts';
import type { Hold, Pin } from '../../core/model.ts';
import { isDark, type PulseState } from '../../core/pulse.ts';
import { type CheckRecord, type ServerRecord, serverStatus } from '../watch/board.ts';
import type { WireState } from '../watch/tripwires.ts';

export interface ServerSenses {
  readonly hold: Hold | null;
  readonly pins: readonly Pin[];
  readonly pulse: PulseState | null;
  readonly wire: (check: CheckRecord) => WireState;
  readonly nowMonoMs: number;
}

export function serverStatusView(server: ServerRecord, senses: ServerSenses): ServerStatus {
  const { name, address, backups } = server.config;
  return {
    name,
    address,
    status: serverStatus(server),
    sinceMs: server.sinceMs,
    hold: senses.hold,
    ...(senses.pins.length === 0 ? {} : { pins: senses.pins }),
    backups,
    checks: server.checks.map((check) => checkView(check, senses.wire(check))),
    pulse: pulseView(senses.pulse, senses.nowMonoMs),
  };
}

function pulseView(pulse: PulseState | null, nowMs: number): ServerStatus['pulse'] {
  if (pulse === null) return { state: 'off', rttMs: null };
  if (pulse.heardAtMs === null) return { state: 'never', rttMs: null };
  return { state: isDark(pulse, nowMs) ? 'dark' : 'heard', rttMs: pulse.srttMs };
}

function checkView(check: CheckRecord, tripwire: WireState): CheckStatusView {
  const { last } = check;
  return {
    monitor: check.config.monitor.name,
    type: check.config.monitor.type,
    status: check.state.status,
    sinceMs: check.sinceMs,
    summary: check.summary,
    lastMs: last?.atMs ?? null,
    tookMs: last?.tookMs ?? null,
    measures: last?.measures ?? {},
    unknown: last?.status === 'unknown' ? last.summary : null,
    tripwire,
  };
}

export function incidentView({ id, server, status, openedMs, summary, problems, ack }: Incident): IncidentStatus {
  return { id, server, status, openedMs, summary, problems, ack };
}
