/** What stands after `alert` and `upalert`: mail, a change of the IPVS table, or something else. */
import { parseEndpoint, parseMark } from '../../../src/config/addresses.ts';
import { schedulers } from '../../../src/config/sections/services/schema.ts';
import type { Forward } from '../../../src/core/table.ts';
import type { PoolAddress } from '../cluster/cluster.ts';
import { wholeIn } from '../cluster/numbers.ts';
import { shown } from '../cluster/remarks.ts';
import { splitQuoted } from './statements.ts';

export type AlertAction =
  | { readonly kind: 'mail'; readonly to: readonly string[]; readonly from: string | null }
  | ({ readonly kind: 'table' } & TableChange)
  | { readonly kind: 'other'; readonly program: string }
  | { readonly kind: 'wrong'; readonly why: string };

/** A real server in a virtual service. */
export interface TableChange {
  readonly at: PoolAddress;
  /** An address or a name. */
  readonly host: string;
  readonly port: number | null;
  readonly backup: string | null;
  /** The server goes, and nobody stands in. */
  readonly removesOnly: boolean;
  readonly weight: number | null;
  readonly forward: Forward | null;
  readonly scheduler: string | null;
}

export interface ReadAlert {
  readonly action: AlertAction;
  /** What is different now, or has no effect. */
  readonly changed: readonly string[];
}

export function readAlert(text: string): ReadAlert {
  const words = splitQuoted(text);
  const exits = words.filter((word, at) => at === 0 && /^exit=/.test(word));
  const [path = '', ...args] = words.slice(exits.length);
  const changed = exits.map((exit) => `${shown(exit)} has no effect: exit statuses other than 0 are all the same`);
  const program = path.slice(path.lastIndexOf('/') + 1);
  const kind = program.replace(/\.(alert|pl|sh|py)$/, '').replace(/\.alert$/, '');
  if (program === '') return { action: { kind: 'wrong', why: 'expected a program, got nothing' }, changed };
  if (kind === 'mail') return readMail(args, changed);
  if (/^(lvs|ipvs)([._-]?alert)?$/.test(kind)) return readTable(args, changed);
  return { action: { kind: 'other', program }, changed };
}

function readMail(args: readonly string[], before: readonly string[]): ReadAlert {
  const changed = [...before];
  const to: string[] = [];
  let from: string | null = null;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    const option = /^-([fSu])(.*)$/s.exec(arg);
    const isApart = option !== null && option[2] === '';
    if (isApart) at += 1;
    const value = isApart ? (args[at] ?? '') : (option?.[2] ?? '');
    if (option?.[1] === 'f') from = value;
    else if (option !== null) changed.push(`\`-${option[1]} ${value}\` has no effect: the subject says what happened`);
    else if (arg.startsWith('-')) changed.push(`${shown(arg)} is no option of mail.alert that is known`);
    else to.push(...arg.split(',').filter((part) => part !== ''));
  }
  if (to.length === 0) return { action: { kind: 'wrong', why: 'expected an address for mail, got none' }, changed };
  return { action: { kind: 'mail', to, from }, changed };
}

const forwards: Readonly<Record<string, Forward>> = {
  dr: 'dr',
  g: 'dr',
  gate: 'dr',
  gatewaying: 'dr',
  route: 'dr',
  nat: 'nat',
  m: 'nat',
  masq: 'nat',
  masquerading: 'nat',
  tun: 'tun',
  tunnel: 'tun',
  i: 'tun',
  ipip: 'tun',
};

/** `lvs.alert -P tcp -R RIP -F dr -B BACKUP -M MARK [-X]`, `... -V VIP:PORT -R RIP -W 1`, and ipvs.alert of mon-contrib. */
function readTable(args: readonly string[], before: readonly string[]): ReadAlert {
  const changed = [...before];
  const given = new Map<string, string>();
  const wrong = (why: string): ReadAlert => ({ action: { kind: 'wrong', why }, changed });
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    const next = args[at + 1];
    const letter = /^-([PRFBMVWSXD])$/.exec(arg)?.[1];
    if (letter === undefined) {
      changed.push(`${shown(arg)} is no option that is known here`);
    } else if (letter === 'X' || letter === 'D' || (letter === 'B' && (next === undefined || next.startsWith('-')))) {
      // In ipvs.alert -B makes the virtual service and -D takes it away; ours is always there.
      given.set(letter, '');
    } else {
      if (next === undefined) return wrong(`expected a value after \`${arg}\`, got nothing`);
      given.set(letter, next);
      at += 1;
    }
  }
  const at = addressOf(given);
  if ('why' in at) return wrong(at.why);
  const [host, port] = splitPort(given.get('R') ?? '');
  if (host === '') return wrong('expected a real server after `-R`, got none');
  const forward = given.has('F') ? forwards[(given.get('F') ?? '').toLowerCase()] : null;
  if (forward === undefined) return wrong(`expected dr, nat or tun after \`-F\`, got ${shown(given.get('F') ?? '')}`);
  const scheduler = given.get('S') ?? null;
  if (scheduler !== null && !schedulers.some((name) => name === scheduler)) {
    return wrong(`expected a scheduler of ${schedulers.join(' ')}, got ${shown(scheduler)}`);
  }
  const weight = given.has('W') ? wholeIn(given.get('W'), 0, 65_535) : null;
  if (given.has('W') && weight === null) return wrong(`expected a weight, got ${shown(given.get('W') ?? '')}`);
  if (weight === 0) changed.push('a member of weight 0 has weight 1 here: hold it with `understudy drain`');
  const [backup] = splitPort(given.get('B') ?? '');
  const removesOnly = given.has('X') || backup === '';
  const action = {
    at: at.at,
    host,
    port,
    backup: backup || null,
    removesOnly,
    weight: weight || null,
    forward,
    scheduler,
  };
  return { action: { kind: 'table', ...action }, changed };
}

function addressOf(given: ReadonlyMap<string, string>): { readonly at: TableChange['at'] } | { readonly why: string } {
  const [markText, vip] = [given.get('M'), given.get('V')];
  if (markText !== undefined) {
    const mark = parseMark(markText);
    return 'ok' in mark
      ? { at: { kind: 'fwmark', mark: mark.ok, family: null } }
      : { why: `expected ${mark.expected} after \`-M\`, got ${shown(markText)}` };
  }
  if (vip === undefined) return { why: 'expected a mark after `-M`, or `-V VIP:PORT`, got neither' };
  const protocol = (given.get('P') ?? 'tcp').toLowerCase();
  const mark = /^f(wm)?$/.test(protocol) ? parseMark(vip) : null;
  if (mark !== null && 'ok' in mark) return { at: { kind: 'fwmark', mark: mark.ok, family: null } };
  if (protocol !== 'tcp' && protocol !== 'udp')
    return { why: `expected tcp or udp after \`-P\`, got ${shown(protocol)}` };
  const parsed = parseEndpoint(vip, true);
  if (!('ok' in parsed)) return { why: `expected ${parsed.expected} after \`-V\`, got ${shown(vip)}` };
  const { address, port } = parsed.ok;
  return { at: { kind: protocol, address, port: port ?? 0 } };
}

/** A name or an address, and the port after it. */
function splitPort(text: string): readonly [string, number | null] {
  const parsed = parseEndpoint(text, false);
  if ('ok' in parsed) return [parsed.ok.address, parsed.ok.port];
  const [, host = text, port] = /^([^:]*):(\d{1,5})$/.exec(text) ?? [];
  return [host, wholeIn(port, 1, 65_535)];
}
