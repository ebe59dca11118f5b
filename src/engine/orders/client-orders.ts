/** Orders and queries about clients: an order is validated, applied in the kernel, put on disk, and only then answered. */

import { type ClientMarkView, type ClientOverride, clientRowLimit } from '../../api/clients.ts';
import { type Control, Refusal } from '../../api/control.ts';
import type { Config } from '../../config/config.ts';
import { parseNetwork } from '../../config/networks.ts';
import type { Network } from '../../core/marks.ts';
import type { PoolRecord } from '../../pools/pool-record.ts';
import { withReason } from '../../text.ts';
import { type Clients, serviceOfMark } from '../mark/clients.ts';
import type { Marker } from '../mark/marker.ts';
import { type ClientSources, clientList, clientMark, foundClient } from '../show/client-views.ts';
import { type OrderParts, unsaved } from './order-parts.ts';

export interface ClientOrderParts extends Pick<OrderParts, 'clock' | 'log' | 'config' | 'journal'> {
  readonly clients: Clients;
  readonly marker: Pick<Marker, 'change'>;
  readonly pools: () => ReadonlyMap<string, PoolRecord>;
}

type ClientControl = Pick<Control, 'clients' | 'findClient' | 'setClient' | 'unsetClient'>;
type Author = Omit<ClientOverride, 'atMs'>;

/** Marks that a refusal names. */
const namedMarks = 20;

export function createClientOrders(parts: ClientOrderParts): ClientControl {
  const { clock, log, config, clients, marker, journal } = parts;
  const sources = (): ClientSources => ({ config: config(), clients, pools: parts.pools() });

  /** `decide` runs when it is its turn, since its facts may change before: a mark, or null to lift the override. */
  async function apply(network: Network, author: Author, decide: () => { readonly mark: number | null } | null) {
    const startedMs = clock.monoMs();
    const foresee = () => {
      const decided = decide();
      const order = decided && { network: network.text, mark: decided.mark, atMs: clock.wallMs(), ...author };
      const before = clientMark(sources(), network);
      const isSet = order !== null && order.mark !== null;
      const foreseen = clients.foresee(network, order);
      const accept = () => {
        const tookMs = clock.monoMs() - startedMs;
        foreseen.accept();
        const now = clientMark(sources(), network);
        const text = changeText(network, before, now, author, isSet);
        // In the same turn of the event loop, so that disk and memory never differ and the history is in order.
        const remark = { atMs: clock.wallMs(), kind: 'client', server: null, text };
        journal.write({ clientMarks: [{ network: network.text, order }], remarks: [remark] });
        return { before, now, tookMs, text };
      };
      return { ...foreseen, accept };
    };
    const { before, now, tookMs, text } = await marker.change(foresee);
    // An answered order survives kill -9, or its answer says that it would not.
    const lost = unsaved(journal);
    log.info({ client: network.text, mark: now.mark, by: author.by, tookMs: Math.round(tookMs * 10) / 10 }, text);
    const service = now.mark === null ? null : serviceOfMark(config(), now.mark, network.family);
    return { client: network.text, before, now, service: service?.name ?? null, tookMs, unsaved: lost };
  }

  return {
    clients: (from, limit) => clientList(sources(), from, Math.min(limit, clientRowLimit.max)),
    findClient: (text) => foundClient(sources(), networkOf(text)),
    async setClient(text, mark, author) {
      const network = networkOf(text);
      const decide = () => {
        refuseUnlessMarked(config(), mark, network);
        return { mark };
      };
      decide();
      return apply(network, author, decide);
    },
    async unsetClient(text, author) {
      const network = networkOf(text);
      const decide = () => {
        const order = clients.overrides().get(network.text)?.order;
        if (order === undefined && clients.configured().has(network.text)) return { mark: null };
        if (order !== undefined && order.mark !== null) return null;
        if (order !== undefined)
          throw new Refusal(`${network.text} is unset already, by ${order.by}${withReason(order.why)}`);
        const { mark, listed } = clientMark(sources(), network);
        const gets = mark === null ? 'it gets no mark' : `it gets mark ${mark} (${listed?.network ?? 'the default'})`;
        throw new Refusal(`${network.text} is not listed: ${gets}`, true);
      };
      decide();
      return apply(network, author, decide);
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
  author: Author,
  isSet: boolean,
): string {
  const markOf = ({ mark }: ClientMarkView) => (mark === null ? 'no mark' : `mark ${mark}`);
  const sourceOf = ({ listed }: ClientMarkView) => {
    if (listed === null) return 'the default';
    const source = listed.override === null ? (listed.configured?.where ?? '') : `set by ${listed.override.by}`;
    return listed.network === text ? source : `${listed.network}, ${source}`;
  };
  const order = `${isSet ? 'set' : 'unset'} by ${author.by}${withReason(author.why)}`;
  if (now.mark === before.mark) return `${text} keeps ${markOf(now)} (${sourceOf(before)} until now), ${order}`;
  const from = isSet ? '' : ` (${sourceOf(now)})`;
  return `${text} gets ${markOf(now)}${from} instead of ${markOf(before)} (${sourceOf(before)}), ${order}`;
}
