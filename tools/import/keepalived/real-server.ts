/** A `real_server` block as a member of its pool. */
import type { Member } from '../cluster/cluster.ts';
import { nameInComments } from '../cluster/names.ts';
import { type Times, wholeIn } from '../cluster/numbers.ts';
import { noRemarks, type Remarks, shown } from '../cluster/remarks.ts';
import { weightIn } from '../cluster/service.ts';
import { checksOf, isChecker } from './checkers.ts';
import type { Statement } from './statements.ts';
import { timesIn, withTime } from './times.ts';

/** What the virtual server says for all of its real servers. */
export interface Above {
  readonly times: Times;
  readonly weight: number;
  readonly host: string | null;
  /** The keyword of its forwarding method, in capitals; null: not stated. */
  readonly method: string | null;
  readonly hasMail: boolean;
}

/** null: not a member of the pool, and a remark says why. */
export function memberOf(server: Statement, above: Above, remarks: Remarks): Member | null {
  const { words, place, comments } = server;
  const [, address = '', portText] = words;
  const port = portText === undefined ? 0 : wholeIn(portText, 0, 65_535);
  if (address === '' || port === null) {
    remarks.expected(place, '`real_server ADDRESS PORT`', words.join(' '));
    return null;
  }
  if (words.length > 3) remarks.skipped(place, `${shown(words.slice(3).join(' '))} is not understood after a port`);
  const block = server.block ?? [];
  const times = timesIn(block, above.times, remarks);
  const checkers: Statement[] = [];
  let { weight, host } = above;
  for (const statement of block) {
    const [keyword = '', value = ''] = statement.words;
    const skip = (text: string) => remarks.skipped(statement.place, text);
    const change = (text: string) => remarks.changed(statement.place, text);
    if (isChecker(keyword)) checkers.push(statement);
    else if (withTime(times, statement, noRemarks) !== null) continue;
    else if (keyword === 'weight') weight = weightIn(value, statement.place, remarks) ?? weight;
    else if (keyword === 'virtualhost') host = value;
    else if (keyword === 'lvs_method' || keyword === 'lb_kind') {
      if (value.toUpperCase() !== above.method) {
        change(
          `${shown(statement.words.join(' '))}: a virtual service has one way of forwarding, that of all its servers`,
        );
      }
    } else if (!commonStatement(statement, above.hasMail, remarks)) {
      skip(`${shown(statement.words.join(' '))} is not understood in real_server`);
    }
  }
  if (weight === 0) {
    remarks.changed(
      place,
      `weight 0: ${shown(address)} is not made a member; pool it with a weight, then \`understudy drain\` it`,
    );
    return null;
  }
  const checked = { address, port: port === 0 ? null : port, host, times };
  const checks = checkers.flatMap((checker) => checksOf(checker, checked, remarks));
  const name = nameInComments(comments);
  const others = comments.filter((comment) => comment !== name);
  return { name, address, port: port === 0 ? null : port, weight, checks, comments: others, place };
}

type Common = (
  words: readonly string[],
  isOff: boolean,
  hasMail: boolean,
) => readonly ['skipped' | 'changed', string] | null;

const mailForAll = 'mail is sent for every server; take the alert out of its watch to have none';
const noProgram: Common = (words) => [
  'skipped',
  `${shown(words.join(' '))}: no program is run on a change; \`understudy\` does the swap and reports it`,
];
const noLimit: Common = (words) => ['skipped', `${shown(words.join(' '))}: limits of connections are not set`];

/** Statements that virtual and real servers both may have; null: it is the default here. */
const common: Readonly<Record<string, Common>> = {
  smtp_alert(_, isOff, hasMail) {
    if (isOff) return ['changed', mailForAll];
    return hasMail ? null : ['skipped', '`smtp_alert` without a `notification_email` has nobody to notify'];
  },
  no_smtp_alert: (_, __, hasMail) => (hasMail ? ['changed', mailForAll] : null),
  inhibit_on_failure: (_, isOff) =>
    isOff ? null : ['changed', 'a failing server is taken out of the table here, not kept with weight 0'],
  notify_up: noProgram,
  notify_down: noProgram,
  quorum_up: noProgram,
  quorum_down: noProgram,
  uthreshold: noLimit,
  lthreshold: noLimit,
  alpha: (_, isOff) =>
    isOff ? null : ['changed', 'a server is `untested` at the start here: it stays in the table until it was checked'],
  warmup: () => ['changed', 'checks start spread over their interval, without a warm-up'],
  no_alpha: () => null,
  log_all_failures: () => null,
};

/** False: it is none of these statements. */
export function commonStatement({ words, place }: Statement, hasMail: boolean, remarks: Remarks): boolean {
  const [keyword = '', value] = words;
  const read = Object.hasOwn(common, keyword) ? common[keyword] : undefined;
  const remark = read?.(words, value !== undefined && /^(off|no|false)$/i.test(value), hasMail) ?? null;
  if (remark !== null) remarks[remark[0]](place, remark[1]);
  return read !== undefined;
}
