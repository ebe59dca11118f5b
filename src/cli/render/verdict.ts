/** The first line of all: how bad is it, and what became of the viewers? */
import type { PlaceStatus, ServiceStatus, Status } from '../../api/control.ts';
import { type Line, type Tone, toned } from './look.ts';
import { count } from './words.ts';

export function verdictLine(status: Status): Line {
  const { tone, text } = verdict(status);
  const glyph = { good: '✔', warn: '▲', bad: '✖' }[tone];
  return [toned(tone, `${glyph} ${text}`)];
}

export interface WholeVerdict {
  readonly tone: Extract<Tone, 'good' | 'warn' | 'bad'>;
  /** `1 of 3 servers failing - traffic carried by backups`. */
  readonly text: string;
}

export function verdict({ servers, services, problems }: Status): WholeVerdict {
  const number = (state: string) => servers.filter(({ status }) => status === state).length;
  const [failing, overloaded, untested] = [number('fail'), number('overloaded'), number('untested')];
  const held = servers.filter(({ hold }) => hold !== null).length;
  const pinned = servers.filter(({ pins = [] }) => pins.length > 0).length;
  const of = `of ${count(servers.length, 'server')}`;

  const heads = [
    failing > 0 && `${failing} ${of} failing`,
    overloaded > 0 && (failing > 0 ? `${overloaded} overloaded` : `${overloaded} ${of} overloaded`),
    untested > 0 && failing + overloaded === 0 && `${untested} ${of} not yet tested`,
  ].filter((head) => head !== false);
  if (heads.length === 0)
    heads.push(servers.length === 0 ? 'no servers are watched' : `all ${count(servers.length, 'server')} ok`);

  const traffic = trafficOf(services);
  const tails = [
    problems.some(({ kind }) => kind === 'frozen') ? 'tables frozen' : null,
    traffic.text ?? (failing > 0 && services.length > 0 ? 'traffic not affected' : null),
    held > 0 ? `${held} held manually` : null,
    pinned > 0 ? `${pinned} pinned manually` : null,
  ].filter((tail) => tail !== null);

  const calm = overloaded + untested + held + problems.length === 0 && traffic.tone === 'good';
  const mild = calm ? 'good' : 'warn';
  const tone = failing > 0 || traffic.tone === 'bad' ? 'bad' : mild;
  return { tone, text: [heads.join(', '), ...tails].join(' - ') };
}

/** What the tables say, the worst first. */
function trafficOf(services: readonly ServiceStatus[]): {
  readonly tone: WholeVerdict['tone'];
  readonly text: string | null;
} {
  const read = services.filter(({ readMs }) => readMs !== null);
  const empty = read.find(({ places }) => places.length > 0 && !places.some(inUse));
  if (empty) return { tone: 'bad', text: `${empty.name} has no server in its table` };
  const kept = new Set(
    read.flatMap(({ places }) => places.filter(({ keptFailing }) => keptFailing).map(({ server }) => server)),
  );
  if (kept.size > 0) return { tone: 'bad', text: `${kept.size} kept in the table although failing` };
  const unread = services.find(({ readMs }) => readMs === null);
  if (unread) return { tone: 'warn', text: `the table of ${unread.name} is not known` };

  const missing = read
    .map((service) => ({ service, gaps: gapsOf(service.places) }))
    .filter(({ gaps }) => gaps.length > 0);
  const short = missing.find(({ gaps }) => gaps.some(({ covered }) => !covered));
  if (short) {
    const { name, places } = short.service;
    const members = places.filter(({ role }) => role === 'member').length;
    return { tone: 'warn', text: `${name} runs on ${places.filter(inUse).length} of ${members}` };
  }
  if (missing.length > 0) return { tone: 'warn', text: 'traffic carried by backups' };
  return { tone: 'good', text: null };
}

/** Members that take no new viewers. */
function gapsOf(places: readonly PlaceStatus[]): readonly { readonly covered: boolean }[] {
  return places
    .filter((place) => place.role === 'member' && !inUse(place))
    .map(({ server }) => ({ covered: places.some((place) => place.standsInFor === server && inUse(place)) }));
}

function inUse({ actualWeight }: PlaceStatus): boolean {
  return (actualWeight ?? 0) > 0;
}
