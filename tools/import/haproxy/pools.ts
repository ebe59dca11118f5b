/** Backends as pools: members, stand-ins, and how each is checked. */

import { tcpCheck } from '../cluster/checks.ts';
import type { CheckDraft, Member, Pool, StandIn } from '../cluster/cluster.ts';
import { noTimes, timesOf, wholeIn } from '../cluster/numbers.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { checksOf } from './checks.ts';
import type { Parameters } from './parameters.ts';
import type { Line } from './sections.ts';
import { type Backend, checkPortOf, type Server } from './servers.ts';
import { timesIn } from './times.ts';

/** A chain of `track` is this long at most. */
const longestTrack = 8;

/** Names that the commands of the socket accept. */
const nameShape = /^[A-Za-z0-9_.:-]+$/;

/** `socket`: on which HAProxy takes orders; null: our default. */
export function poolsOf(
  backends: readonly Backend[],
  socket: string | null,
  taken: Set<Line>,
  remarks: Remarks,
): readonly Pool[] {
  const all = backends.flatMap(({ servers }) => servers);
  const nameOf = namesOf(all);
  const byPath = new Map(all.map((server) => [`${server.backend}/${server.name}`, server]));
  return backends.flatMap(({ section, servers }) => {
    const { name, head } = section;
    const actives = servers.filter(({ parameters }) => !parameters.has('backup'));
    const [firstBackup] = servers;
    // Without others the first backup serves.
    const serving = actives.length > 0 || firstBackup === undefined ? actives : [firstBackup];
    const members = serving.map((server, at): Member => {
      const checks = checksFor(server, byPath, taken, remarks);
      const seat = seatOf(server, nameOf);
      // There is no entry of its own that they could stand above.
      const comments = at === 0 ? [...head.comments, ...seat.comments] : seat.comments;
      return { ...seat, comments, weight: weightOf(server.parameters, remarks), checks };
    });
    const standIns = servers
      .filter((server) => !serving.includes(server))
      .map((server): StandIn => {
        const checks = checksFor(server, byPath, taken, remarks) ?? leastOf(server, remarks);
        return { ...seatOf(server, nameOf), checks };
      });
    for (const { line } of servers.filter((server) => !serving.includes(server))) {
      const text = 'HAProxy uses it when all others have failed; here it is checked, and is a backup of each of them';
      remarks.changed(line.place, `backup \`${line.words[1]}\`: ${text}`);
    }
    if (servers.length === 0) {
      remarks.skipped(head.place, `backend \`${name}\` has no server that can be converted`);
      return [];
    }
    const strange = [name, ...servers.map((server) => server.name)].find((one) => !nameShape.test(one));
    if (strange !== undefined) {
      const text = `HAProxy keeps managing this pool, because ${shown(strange)} cannot be named on its socket`;
      remarks.changed(head.place, `${section.kind} \`${name}\`: ${text}; its servers are watched`);
    }
    return [
      {
        name,
        at: { kind: 'haproxy', backend: name, socket, isSteered: strange === undefined },
        scheduler: null,
        persistenceS: null,
        persistencePrefix: null,
        forward: 'nat',
        members,
        standIns,
        comments: [],
        place: head.place,
      },
    ];
  });
}

/** Its own name, unless another backend has a server of this name with another address. */
function namesOf(servers: readonly Server[]): (server: Server) => string {
  const addresses = new Map<string, Set<string>>();
  for (const { name, address } of servers) {
    addresses.set(name, (addresses.get(name) ?? new Set()).add(address));
  }
  return ({ backend, name, address }) => {
    const [first] = addresses.get(name) ?? [];
    return first === undefined || first === address ? name : `${backend}-${name}`;
  };
}

function seatOf(server: Server, nameOf: (server: Server) => string) {
  const { backend, name, address, port, parameters, line } = server;
  const weight = parameters.get('weight');
  const role = parameters.has('backup') ? ', backup' : '';
  const where = `In HAProxy ${backend}/${name}${weight === undefined ? '' : `, weight ${weight.value}`}${role}`;
  const comments = [...line.comments.filter((comment) => comment !== name), where];
  return { name: nameOf(server), address, port, comments, place: line.place, line: name };
}

/** null: it is meant to have none. */
function checksFor(
  server: Server,
  byPath: ReadonlyMap<string, Server>,
  taken: Set<Line>,
  remarks: Remarks,
): readonly CheckDraft[] | null {
  const { line, parameters, address } = server;
  reportParameters(parameters, remarks);
  const checked = trackedBy(server, byPath, remarks);
  if (checked === null) return [];
  if (!checked.parameters.has('check')) return null;
  if (checked !== server && checked.address !== address) {
    const text = `is checked itself here, as \`${checked.backend}/${checked.name}\` is`;
    remarks.changed(line.place, `\`${server.name}\` ${text}`);
  }
  for (const one of checked.rules.lines) taken.add(one);
  const own = checked.parameters;
  const goesElsewhere = own.has('port') || own.has('addr');
  const proxied = own.has('check-send-proxy') || !goesElsewhere;
  return checksOf(
    checked.rules,
    {
      address,
      port: checkPortOf(checked, remarks),
      times: timesIn(own, checked.rules.timeoutMs, remarks),
      tls: own.has('check-ssl') || (own.has('ssl') && !own.has('no-check-ssl') && !goesElsewhere),
      before: proxied ? proxyOf(own) : null,
      timesLine: own.get('inter')?.line ?? checked.rules.timeoutLine ?? checked.line,
      line: checked.line,
    },
    remarks,
  );
}

function proxyOf(parameters: Parameters): 'proxy' | 'proxy-v2' | null {
  if ([...parameters.keys()].some((name) => name.startsWith('send-proxy-v2'))) return 'proxy-v2';
  return parameters.has('send-proxy') || parameters.has('check-send-proxy') ? 'proxy' : null;
}

/** `track BACKEND/SERVER`: it is what that one is found to be. null: there is no such server. */
function trackedBy(server: Server, byPath: ReadonlyMap<string, Server>, remarks: Remarks): Server | null {
  let current = server;
  for (let steps = 0; steps < longestTrack; steps += 1) {
    const track = current.parameters.get('track');
    if (track === undefined) return current;
    const path = track.value.includes('/') ? track.value : `${current.backend}/${track.value}`;
    const next = byPath.get(path);
    if (next === undefined) {
      remarks.skipped(track.line.place, `track ${shown(track.value)}: expected a server that is converted, got none`);
      return null;
    }
    current = next;
  }
  remarks.skipped(server.line.place, `\`track\` goes in a circle, or over more than ${longestTrack} servers`);
  return null;
}

/** A backup without a check could be dead. */
function leastOf({ port, line }: Server, remarks: Remarks): readonly CheckDraft[] {
  if (port === null) return [];
  remarks.changed(
    line.place,
    `it has no check in the file; as a backup it is checked by a TCP connect to port ${port}`,
  );
  return [
    tcpCheck(
      port,
      timesOf(noTimes, () => {}),
    ),
  ];
}

function reportParameters(parameters: Parameters, remarks: Remarks): void {
  const agent = parameters.get('agent-check');
  if (agent !== undefined) {
    const port = parameters.get('agent-port')?.value;
    const where = port === undefined ? '' : ` on port ${port}`;
    const text = `agent-check${where}: HAProxy keeps asking it for weights; there is no monitor like it yet`;
    remarks.skipped(agent.line.place, text);
  }
  const downinter = parameters.get('downinter');
  if (downinter !== undefined) {
    remarks.skipped(downinter.line.place, '`downinter`: a failing server is checked at its `interval` here');
  }
}

function weightOf(parameters: Parameters, remarks: Remarks): number {
  const stated = parameters.get('weight');
  if (stated === undefined) return 1;
  const weight = wholeIn(stated.value, 0, 256);
  if (weight === null) remarks.expected(stated.line.place, 'a weight from 0 to 256', stated.value);
  if (weight === 0) {
    const text = 'weight 0 is 1 here; `understudy drain` keeps new viewers away from a server';
    remarks.changed(stated.line.place, text);
  }
  return Math.max(1, weight ?? 1);
}
