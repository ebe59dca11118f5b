/** A daemon of paper: it says what the test wrote down, and keeps what it was asked. */

import type { ClientChange, ClientList, ClientRow, FoundClient } from '../../src/api/clients.ts';
import {
  type CheckStatusView,
  type Control,
  type HoldRequest,
  type IncidentStatus,
  type PlaceStatus,
  type ProbeResult,
  Refusal,
  type ServerStatus,
  type ServiceStatus,
  type Status,
  type TableView,
} from '../../src/api/control.ts';
import type { Hold } from '../../src/core/model.ts';
import type { HistoryRow } from '../../src/store/store.ts';

/** 2026-11-21 03:16:14 UTC. */
export const nowMs = Date.UTC(2026, 10, 21, 3, 16, 14);
const minute = 60_000;

export function check(monitor: string, change: Partial<CheckStatusView> = {}): CheckStatusView {
  return {
    monitor,
    type: monitor,
    status: 'ok',
    sinceMs: nowMs - 76 * 60 * minute,
    summary: `${monitor}: ok`,
    lastMs: nowMs - 400,
    tookMs: 2.5,
    measures: {},
    unknown: null,
    tripwire: 'armed',
    ...change,
  };
}

export function server(name: string, address: string, change: Partial<ServerStatus> = {}): ServerStatus {
  return {
    name,
    address,
    status: 'ok',
    sinceMs: nowMs - 76 * 60 * minute,
    hold: null,
    backups: [],
    checks: [check('rtsp'), check('rtmp'), check('wcs', { tripwire: 'off' })],
    pulse: { state: 'heard', rttMs: 0.4 },
    ...change,
  };
}

export function place(name: string, address: string, change: Partial<PlaceStatus> = {}): PlaceStatus {
  return {
    server: name,
    address,
    role: 'member',
    standsInFor: null,
    configuredWeight: 1,
    desiredWeight: 1,
    actualWeight: 1,
    activeConns: 0,
    inactiveConns: 0,
    keptFailing: false,
    why: 'all checks ok',
    ...change,
  };
}

export function service(places: readonly PlaceStatus[], change: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    name: 'playout',
    key: 'fwmark:1',
    balancer: 'ipvs',
    scheduler: 'rr',
    persistenceS: 50,
    forward: 'dr',
    minPooled: 1,
    pooled: places.filter(({ actualWeight }) => (actualWeight ?? 0) > 0).length,
    readMs: nowMs - 900,
    problem: null,
    lastDrift: null,
    places,
    ...change,
  };
}

export function status(change: Partial<Status> = {}): Status {
  const healthy = [
    place('edge1', '10.10.3.20', { activeConns: 402, inactiveConns: 12 }),
    place('edge2', '10.10.3.21', { activeConns: 395 }),
    place('spare', '10.10.3.29', {
      role: 'backup',
      standsInFor: 'edge1',
      desiredWeight: null,
      actualWeight: null,
      why: '',
    }),
  ];
  return {
    director: {
      name: 'lb1',
      version: '0.1.0',
      pid: 4711,
      startedMs: nowMs - 76 * 60 * minute,
      nowMs,
      configFile: '/etc/understudy/understudy.yaml',
      configLoadedMs: nowMs - 130 * minute,
      configError: null,
    },
    problems: [],
    services: [service(healthy)],
    servers: [server('edge1', '10.10.3.20'), server('edge2', '10.10.3.21'), server('spare', '10.10.3.29')],
    marks: null,
    incidents: [],
    mail: { waiting: 0, oldestMs: null, badRecipients: [] },
    scheduler: { checks: 9, running: 0, missedBeats: 0, latenessP50Ms: 0.3, latenessP99Ms: 1.2 },
    ...change,
  };
}

/** edge1 is down, spare stands in, edge2 is drained manually, and the mail server is away. */
export function badNight(): Status {
  const downMs = nowMs - 250_000;
  const hold: Hold = {
    server: 'edge2',
    kind: 'drain',
    atMs: nowMs - 12 * minute,
    untilMs: nowMs + 108 * minute,
    why: 'kernel update',
    by: 'anna',
  };
  const refused = { status: 'fail', sinceMs: downMs, tripwire: 'open' } as const;
  return status({
    problems: [{ kind: 'mail', text: '127.0.0.1:25: connection refused', sinceMs: nowMs - 200_000 }],
    services: [
      service([
        place('edge1', '10.10.3.20', { desiredWeight: null, actualWeight: null, why: 'failing, spare stands in' }),
        place('spare', '10.10.3.29', {
          role: 'backup',
          standsInFor: 'edge1',
          activeConns: 387,
          why: 'stands in for edge1',
        }),
        place('edge2', '10.10.3.21', { desiredWeight: 0, actualWeight: 0, activeConns: 23, why: 'drained manually' }),
      ]),
    ],
    servers: [
      server('edge1', '10.10.3.20', {
        status: 'fail',
        sinceMs: downMs,
        backups: ['spare'],
        checks: [
          check('rtsp', { ...refused, summary: 'connection refused' }),
          check('rtmp', { ...refused, summary: 'connection refused' }),
          check('wcs', { unknown: 'no file descriptors left' }),
        ],
      }),
      server('edge2', '10.10.3.21', { hold }),
      server('spare', '10.10.3.29'),
      server('encoder', '10.10.3.40', {
        status: 'untested',
        sinceMs: nowMs - 5000,
        checks: [check('rtsp', { status: 'untested' })],
      }),
    ],
    incidents: [incident()],
    mail: {
      waiting: 2,
      oldestMs: nowMs - 200_000,
      badRecipients: [{ recipient: 'old@example.org', error: '550 no such user', atMs: nowMs - 90 * minute }],
    },
  });
}

export function incident(change: Partial<IncidentStatus> = {}): IncidentStatus {
  return {
    id: '20261121T031204Z-edge1-4f2a',
    server: 'edge1',
    status: 'fail',
    openedMs: nowMs - 250_000,
    summary: 'rtsp: connection refused',
    problems: [],
    ack: null,
    ...change,
  };
}

export const historyRows: readonly HistoryRow[] = [
  {
    type: 'notice',
    atMs: nowMs - 249_000,
    alert: 'oncall',
    recipient: 'oncall@example.org',
    kind: 'down',
    server: 'edge1',
    state: 'waiting',
    attempts: 3,
    lastError: '127.0.0.1:25: connection refused',
  },
  {
    type: 'action',
    atMs: nowMs - 249_990,
    service: 'playout',
    command: 'add 10.10.3.29:0 weight 1',
    cause: 'edge1 fail: rtsp refused',
    incidentId: '20261121T031204Z-edge1-4f2a',
    result: 'verified',
    tookMs: 1.84,
    error: '',
  },
  {
    type: 'change',
    check: 'edge1/rtsp',
    server: 'edge1',
    monitor: 'rtsp',
    from: 'ok',
    to: 'fail',
    atMs: nowMs - 250_000,
    firstSeenMs: nowMs - 250_100,
    summary: 'connection refused',
    detail: '',
  },
  { type: 'remark', atMs: nowMs - 300_000, kind: 'reload', server: null, text: 'configuration read again' },
];

export function probeResult(change: Partial<ProbeResult> = {}): ProbeResult {
  return {
    server: 'edge1',
    address: '10.10.3.20',
    monitor: 'rtsp',
    type: 'rtsp',
    status: 'ok',
    summary: '200 OK',
    detail: '',
    measures: { reply_ms: 4 },
    tookMs: 4.25,
    phases: [
      { name: 'tcp', atMs: 0.4 },
      { name: 'first byte', atMs: 4.1 },
    ],
    conversation: [
      { atMs: 0.5, direction: 'sent', text: 'OPTIONS rtsp://10.10.3.20:554/ RTSP/1.0\r\nCSeq: 1\r\n\r\n' },
      { atMs: 4.1, direction: 'received', text: 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n' },
    ],
    ...change,
  };
}

export const tableViews: readonly TableView[] = [
  {
    service: 'playout',
    key: 'fwmark:1',
    desired: [
      { address: '10.10.3.29', port: 0, forward: 'dr', weight: 1 },
      { address: '10.10.3.21', port: 0, forward: 'dr', weight: 0 },
    ],
    actual: [
      { address: '10.10.3.21', port: 0, forward: 'dr', weight: 1, activeConns: 23, inactiveConns: 4 },
      { address: '10.10.3.29', port: 0, forward: 'dr', weight: 1, activeConns: 387, inactiveConns: 9 },
    ],
    plan: ['edit 10.10.3.21:0 weight 0'],
    problem: null,
  },
];

const byAnna = { by: 'anna', atMs: nowMs - 2 * 60 * minute, why: 'wants the new encoder' };

export const clientRows: readonly ClientRow[] = [
  {
    network: '192.168.7.21',
    mark: 2,
    service: 'premium',
    override: byAnna,
    configured: { mark: 1, where: 'clients.csv:7' },
  },
  {
    network: '192.168.7.40',
    mark: null,
    service: null,
    override: { ...byAnna, why: '' },
    configured: { mark: 2, where: 'clients.csv:8' },
  },
  {
    network: '192.168.7.0/24',
    mark: 1,
    service: 'playout',
    override: null,
    configured: { mark: 1, where: 'understudy.yaml:12' },
  },
];

export const clientList: ClientList = {
  version: 3,
  total: 3,
  overrides: 2,
  defaultMark: 1,
  inUse: true,
  marks: [
    { mark: 1, service: 'playout', networks: 1 },
    { mark: 2, service: 'premium', networks: 1 },
  ],
  rows: clientRows,
};

export const foundClient: FoundClient = {
  client: '192.168.7.21',
  mark: 2,
  listed: clientRows[0] ?? null,
  unset: null,
  inside: 0,
  groups: [
    {
      packets: '10.10.3.30 tcp 1935,8080',
      byClient: true,
      mark: 2,
      service: 'premium',
      pooled: [{ server: 'edge2', address: '10.10.3.21', weight: 1 }],
    },
    { packets: '10.10.3.30 tcp 554', byClient: false, mark: 7, service: null, pooled: null },
  ],
};

export const clientChange: ClientChange = {
  client: '192.168.7.21',
  before: { mark: 1, listed: clientRows[2] ?? null },
  now: { mark: 2, listed: clientRows[0] ?? null },
  service: 'premium',
  tookMs: 12.44,
  unsaved: null,
};

export interface FakeControl extends Control {
  /** What it was asked, in order: the name of the call and its arguments. */
  readonly asked: unknown[][];
  /** Becomes the status, and tells those who listen. */
  show(status: Status): void;
  readonly listeners: () => number;
}

export function fakeControl(first: Status = status(), change: Partial<Control> = {}): FakeControl {
  let shown = first;
  const asked: unknown[][] = [];
  const listeners = new Set<() => void>();
  const known = (name: string) => {
    if (!shown.servers.some((one) => one.name === name)) {
      throw new Refusal(`no server is called \`${name}\`, did you mean \`edge1\``, true);
    }
  };
  const holdFor = (name: string, request: HoldRequest): Hold => ({
    server: name,
    kind: request.kind,
    atMs: shown.director.nowMs,
    untilMs: request.forMs === null ? null : shown.director.nowMs + request.forMs,
    why: request.why,
    by: request.by,
  });
  return {
    asked,
    listeners: () => listeners.size,
    show(next) {
      shown = next;
      for (const listener of listeners) listener();
    },
    status: () => shown,
    history: async (query) => {
      asked.push(['history', query]);
      return historyRows;
    },
    explain: async (name) => {
      known(name);
      const found = shown.servers.find((one) => one.name === name);
      if (!found) throw new Refusal('gone', true);
      return {
        server: found,
        pools: [
          {
            service: 'playout',
            role: 'member',
            inTable: false,
            weight: null,
            because: ['rtsp fails', 'spare is ok'],
            reachedBy: ['10.10.3.30 tcp 554 gets mark 1'],
          },
        ],
        recent: historyRows,
      };
    },
    table: async () => tableViews,
    hold: async (name, request) => {
      known(name);
      asked.push(['hold', name, request]);
      return { ...holdFor(name, request), unsaved: null };
    },
    enable: async (name, by, why) => {
      known(name);
      asked.push(['enable', name, by, why]);
      return { lifted: shown.servers.find((one) => one.name === name)?.hold ?? null, unsaved: null };
    },
    pin: async (name, { by, why, weight, service, forMs }) => {
      known(name);
      asked.push(['pin', name, { by, why, weight, service, forMs }]);
      const atMs = shown.director.nowMs;
      const untilMs = forMs === null ? null : atMs + forMs;
      return {
        pins: [{ server: name, service: service ?? 'playout', weight, atMs, untilMs, why, by }],
        notes: [],
        unsaved: null,
      };
    },
    unpin: async (name, service, by, why) => {
      known(name);
      asked.push(['unpin', name, service, by, why]);
      return { lifted: shown.servers.find((one) => one.name === name)?.pins ?? [], unsaved: null };
    },
    ack: (name, by, why) => {
      known(name);
      asked.push(['ack', name, by, why]);
      if (shown.incidents.length === 0) throw new Refusal(`${name} has no open incident`);
      return { ...incident({ ack: { by, why, atMs: shown.director.nowMs } }), unsaved: null };
    },
    clients: (from, limit) => {
      asked.push(['clients', from, limit]);
      return { ...clientList, rows: clientList.rows.slice(from, from + limit) };
    },
    findClient: (network) => {
      asked.push(['findClient', network]);
      return foundClient;
    },
    setClient: async (network, mark, hand) => {
      asked.push(['setClient', network, mark, hand]);
      if (mark === 9) throw new Refusal('expected the mark of a virtual service, 1 (playout), 2 (premium), got `9`');
      return clientChange;
    },
    unsetClient: async (network, hand) => {
      asked.push(['unsetClient', network, hand]);
      return clientChange;
    },
    probe: async (name, monitor) => {
      known(name);
      asked.push(['probe', name, monitor]);
      return [probeResult()];
    },
    testAlert: (alert) => {
      if (alert !== 'oncall') throw new Refusal(`no alert is called \`${alert}\``, true);
      return { notices: 2 };
    },
    reload: async () => ({ changed: ['server edge3 is new'] }),
    backup: async (file) => ({ file, bytes: 40_960 }),
    onChange(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    ...change,
  };
}
