/** What people ask and order of clients: checked, carried out in the kernel, put on disk, and only then answered. */

import { type ClientHand, type ClientMarkView, clientRowLimit } from '../../api/clients.ts';
import { type Control, Refusal } from '../../api/control.ts';
import type { Config } from '../../config/config.ts';
import { parseNetwork } from '../../config/networks.ts';
import type { Network } from '../../core/marks.ts';
import type { Clock, Log } from '../../ports.ts';
import { withReason } from '../../text.ts';
import type { Journal } from '../journal.ts';
import type { Clients } from '../mark/clients.ts';
import type { Marker } from '../mark/marker.ts';
import { type ClientSources, clientList, clientMark, foundClient, serviceOfMark } from '../show/client-views.ts';
import type { PoolRecord } from '../steer/pool-record.ts';

export interface ClientOrderParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: () => Config;
  readonly clients: Clients;
  readonly marker: Pick<Marker, 'change'>;
  readonly journal: Pick<Journal, 'write' | 'flush' | 'problem'>;
  readonly pools: () => ReadonlyMap<string, PoolRecord>;
}

type ClientControl = Pick<Control, 'clients' | 'findClient' | 'setClient' | 'unsetClient'>;
type Hand = Omit<ClientHand, 'atMs'>;

/** Marks that a refusal names. */
const namedMarks = 20;

export function createClientOrders(parts: ClientOrderParts): ClientControl {
  const { clock, log, config, clients, marker, journal } = parts;
  const sources = (): ClientSources => ({ config: config(), clients, pools: parts.pools() });

  /** `decide` is asked when its turn has come, since what it rests on may change before: a mark, or null to take the hand back. */
  async function carryOut(network: Network, hand: Hand, decide: () => { readonly mark: number | null } | null) {
    const startedMs = clock.monoMs();
    const foresee = () => {
      const decided = decide();
      const order = decided && { network: network.text, mark: decided.mark, atMs: clock.wallMs(), ...hand };
      const before = clientMark(sources(), network);
      const isSet = order !== null && order.mark !== null;
      const foreseen = clients.foresee(network, order);
      const accept = () => {
        const tookMs = clock.monoMs() - startedMs;
        foreseen.accept();
        const now = clientMark(sources(), network);
        const text = changeText(network, before, now, hand, isSet);
        // In the same turn, so that the disk and the memory never differ, and the history has the order of what was done.
        const remark = { atMs: clock.wallMs(), kind: 'client', server: null, text };
        journal.write({ clientMarks: [{ network: network.text, order }], remarks: [remark] });
        return { before, now, tookMs, text };
      };
      return { ...foreseen, accept };
    };
    const { before, now, tookMs, text } = await marker.change(foresee);
    // An order that was answered survives kill -9, or says that it would not.
    journal.flush();
    const unsaved = journal.problem()?.text ?? null;
    log.info({ client: network.text, mark: now.mark, by: hand.by, tookMs: Math.round(tookMs * 10) / 10 }, text);
    const service = now.mark === null ? null : serviceOfMark(config(), now.mark, network.family);
    return { client: network.text, before, now, service: service?.name ?? null, tookMs, unsaved };
  }

  return {
    clients: (from, limit) => clientList(sources(), from, Math.min(limit, clientRowLimit.max)),
    findClient: (text) => foundClient(sources(), networkOf(text)),
    async setClient(text, mark, hand) {
      const network = networkOf(text);
      const decide = () => {
        refuseUnlessMarked(config(), mark, network);
        return { mark };
      };
      decide();
      return carryOut(network, hand, decide);
    },
    async unsetClient(text, hand) {
      const network = networkOf(text);
      const decide = () => {
        const order = clients.byHand().get(network.text)?.order;
        if (order === undefined && clients.configured().has(network.text)) return { mark: null };
        if (order !== undefined && order.mark !== null) return null;
        if (order !== undefined)
          throw new Refusal(`${network.text} is unset already, by ${order.by}${withReason(order.why)}`);
        const { mark, listed } = clientMark(sources(), network);
        const gets = mark === null ? 'it gets no mark' : `it gets mark ${mark} (${listed?.network ?? 'the default'})`;
        throw new Refusal(`nobody listed ${network.text}: ${gets}`, true);
      };
      decide();
      return carryOut(network, hand, decide);
    },
  };
}

function networkOf(text: string): Network {
  const parsed = parseNetwork(text);
  if ('ok' in parsed) return parsed.ok;
  throw new Refusal(`expected ${parsed.expected}, got \`${text}\``);
}

function refuseUnlessMarked(config: Config, mark: number, { text, family }: Network): void {
  const group = config.classify.groups.find(({ byClient }) => byClient);
  if (group === undefined) {
    throw new Refusal('expected a group of packets by client, and the configuration has no `clients` under `classify`');
  }
  if (!group.vips.some((vip) => vip.includes(':') === (family === 6))) {
    throw new Refusal(`expected a client of IPv${family === 6 ? 4 : 6} as the virtual address is, got \`${text}\``);
  }
  if (serviceOfMark(config, mark, family) !== null) return;
  const marks = [...config.services.values()].flatMap(({ at, name }) =>
    at.kind === 'fwmark' && at.family === family ? [`${at.mark} (${name})`] : [],
  );
  const more = marks.length > namedMarks ? ` and ${marks.length - namedMarks} more` : '';
  const expected =
    marks.length === 0
      ? `the mark of an IPv${family} virtual service, and there is none`
      : `the mark of a virtual service, ${marks.slice(0, namedMarks).join(', ')}${more}`;
  throw new Refusal(`expected ${expected}, got \`${mark}\``);
}

/** `192.168.7.21 gets mark 2 instead of mark 1 (192.168.7.0/24, clients.csv:7), set by anna: why`. */
function changeText(
  { text }: Network,
  before: ClientMarkView,
  now: ClientMarkView,
  hand: Hand,
  isSet: boolean,
): string {
  const markOf = ({ mark }: ClientMarkView) => (mark === null ? 'no mark' : `mark ${mark}`);
  const sourceOf = ({ listed }: ClientMarkView) => {
    if (listed === null) return 'the default';
    const source = listed.hand === null ? (listed.configured?.where ?? '') : `set by ${listed.hand.by}`;
    return listed.network === text ? source : `${listed.network}, ${source}`;
  };
  const hands = `${isSet ? 'set' : 'unset'} by ${hand.by}${withReason(hand.why)}`;
  if (now.mark === before.mark) return `${text} keeps ${markOf(now)} (${sourceOf(before)} until now), ${hands}`;
  const from = isSet ? '' : ` (${sourceOf(now)})`;
  return `${text} gets ${markOf(now)}${from} instead of ${markOf(before)} (${sourceOf(before)}), ${hands}`;
}

/** Clients whose mark leads nowhere since the configuration changed, as one line; null: none. */
export function lostClients({ config, clients }: Omit<ClientSources, 'pools'>): string | null {
  if (!config.classify.groups.some(({ byClient }) => byClient)) return null;
  const lost = [...clients.byHand().values()].filter(
    ({ network, order }) => order.mark !== null && serviceOfMark(config, order.mark, network.family) === null,
  );
  const [first] = lost;
  if (first === undefined) return null;
  const others = lost.length === 1 ? '' : ` (and ${lost.length - 1} more like it: understudy client list)`;
  return `client ${first.order.network} has mark ${first.order.mark}, set by ${first.order.by}, and no virtual service has that mark: understudy client unset ${first.order.network}${others}`;
}
