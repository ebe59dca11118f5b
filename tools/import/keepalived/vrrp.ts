/** What keepalived keeps doing: its VRRP part, unchanged. */
import { wordSet } from '../cluster/shell-words.ts';
import type { Statement } from './statements.ts';

/** Blocks of VRRP, and what it may refer to. */
const blocks = wordSet(`
  bfd_instance static_addresses static_ipaddress static_routes static_rules static_neighbours track_file
  interface_up_down_delays linkbeat_interfaces linkbeat_use_polling garp_group net_namespace namespace_with_ipsets
  instance use_pid_dir
`);

export function isVrrp({ words }: Statement): boolean {
  const [keyword = ''] = words;
  return keyword.startsWith('vrrp_') || blocks.has(keyword);
}

/** Statements of `global_defs` that are about the balancer alone. */
export function isBalancing(keyword: string): boolean {
  if (keyword === 'lvs_sync_daemon') return false;
  return /^(lvs_|checker_|rs_|no_checker_|smtp_alert_checker$|enable_snmp_checker$)/.test(keyword);
}

const note = [
  '# The VRRP part of the old keepalived.conf. The IPVS table belongs to understudy now:',
  '# start keepalived with `--vrrp`, so that it leaves the table alone.',
  '',
  '',
].join('\n');

/** null: there is no VRRP. The text of a block is that of its file, byte for byte. */
export function vrrpFile(
  statements: readonly Statement[],
  definitions: readonly { readonly name: string; readonly statement: Statement }[],
): string | null {
  if (!statements.some(({ words }) => words[0]?.startsWith('vrrp_'))) return null;
  const kept = statements.filter((statement) => isVrrp(statement) || statement.words[0] === 'global_defs');
  const texts = kept.map((statement) => (isVrrp(statement) ? textOf(statement) : globalsOf(statement)));
  const used = definitionsFor(texts, definitions).map(textOf);
  const parts = [...(used.length === 0 ? [] : [used.map(ended).join('')]), ...texts];
  return (
    note +
    parts
      .filter((part) => part !== '')
      .map(ended)
      .join('\n')
  );
}

/** Addresses that the director has when it is master. */
export function vipsOf(statements: readonly Statement[]): readonly string[] {
  const blocksOf = (list: readonly Statement[], name: RegExp) => list.filter(({ words }) => name.test(words[0] ?? ''));
  const vips = blocksOf(statements, /^vrrp_instance$/)
    .flatMap(({ block }) => blocksOf(block ?? [], /^virtual_ipaddress(_excluded)?$/))
    .flatMap(({ block }) => block ?? [])
    .map(({ words }) => (words[0] ?? '').replace(/\/\d+$/, ''));
  return [...new Set(vips)].filter((vip) => /^[\da-fA-F:.]+$/.test(vip));
}

function textOf({ source, span }: Statement): string {
  return source.text.slice(span.start, span.end);
}

/** Without the lines that are about the balancer; '' when nothing is left. */
function globalsOf({ source, span, block }: Statement): string {
  const out = (block ?? []).filter(({ words }) => isBalancing(words[0] ?? ''));
  if (out.length === (block ?? []).length) return '';
  let text = '';
  let from = span.start;
  for (const statement of out) {
    // From an included file: its line is there, not here.
    if (statement.source !== source) continue;
    text += source.text.slice(from, statement.span.start);
    from = statement.span.end;
  }
  return text + source.text.slice(from, span.end);
}

/** Those that the texts name, and those that these name in turn. */
function definitionsFor(
  texts: readonly string[],
  definitions: readonly { readonly name: string; readonly statement: Statement }[],
): readonly Statement[] {
  const wanted = new Set<Statement>();
  const open = [...texts];
  for (const text of open) {
    const names = new Set([...text.matchAll(/\$\{?(\w+)/g)].map((match) => match[1] ?? ''));
    for (const { name, statement } of definitions) {
      if (!names.has(name) || wanted.has(statement)) continue;
      wanted.add(statement);
      open.push(textOf(statement).replace(/^\s*\$\w+/, ''));
    }
  }
  return definitions.flatMap(({ statement }) => (wanted.has(statement) ? [statement] : []));
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
