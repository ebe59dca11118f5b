/** keepalived.conf(5): health checking and balancing become ours, VRRP stays keepalived's. */
import { compose } from '../cluster/compose.ts';
import { headOf, withMarkHint } from '../cluster/document.ts';
import { createRemarks, type Remarks, shown } from '../cluster/remarks.ts';
import type { Imported, ImportInput } from '../import.ts';
import { isMail, mailOf } from './mail.ts';
import { readWhole } from './sources.ts';
import type { Statement } from './statements.ts';
import { poolsOf } from './virtual-server.ts';
import { isBalancing, isVrrp, vipsOf, vrrpFile } from './vrrp.ts';

const vrrpName = 'keepalived.conf';

export function importKeepalived(input: ImportInput): Imported {
  const remarks = createRemarks();
  const { statements, definitions } = readWhole(input, remarks);
  const vrrp = vrrpFile(statements, definitions);
  const globals = statements.filter(({ words }) => words[0] === 'global_defs').flatMap(({ block }) => block ?? []);
  const mail = mailOf(globals, remarks);
  reportGlobals(globals, vrrp !== null, remarks);

  const groups = new Map<string, Statement>();
  const used = new Set<string>();
  const servers: Statement[] = [];
  for (const statement of statements) {
    const [keyword = '', name = ''] = statement.words;
    if (keyword === 'virtual_server_group') groups.set(name, statement);
    else if (keyword === 'virtual_server') {
      servers.push(statement);
      if (name === 'group') used.add(statement.words[2] ?? '');
    } else if (keyword !== 'global_defs' && !(isVrrp(statement) && vrrp !== null)) {
      remarks.skipped(statement.place, `${shown(statement.words.join(' '))} is not understood`);
    }
  }
  for (const [name, { place }] of groups) {
    if (!used.has(name)) remarks.skipped(place, `no virtual_server uses the group ${shown(name)}`);
  }
  const vips = vipsOf(statements);
  const surroundings = { groups, hasMail: mail !== null };
  const pools = servers
    .flatMap((server) => poolsOf(server, surroundings, remarks))
    .map((pool) => withMarkHint(pool, vips, remarks));
  if (pools.length === 0 && !remarks.list().some(({ kind }) => kind === 'error')) {
    remarks.skipped({ file: input.file.name, line: 1 }, 'no virtual_server that can be converted was found');
  }
  const head = [
    ...headOf('keepalived', input.file.name, mail !== null),
    ...(vrrp === null
      ? []
      : [`The VRRP part is in the ${vrrpName} beside this file; start keepalived with \`--vrrp\`.`]),
  ];
  const document = compose({ head, director: directorOf(globals), pools, mail }, remarks);
  return {
    document,
    remarks: remarks.list(),
    files: vrrp === null ? [] : [{ name: vrrpName, content: vrrp }],
  };
}

/** keepalived names itself in mails by its router_id. */
function directorOf(globals: readonly Statement[]): string | null {
  return globals.findLast(({ words }) => words[0] === 'router_id')?.words[1] ?? null;
}

/** With VRRP, what is not about the balancer stays in its file; else it is of no use. */
function reportGlobals(globals: readonly Statement[], stays: boolean, remarks: Remarks): void {
  const reasons: Readonly<Record<string, string>> = {
    lvs_flush: 'the table is adopted as it is, never flushed',
    lvs_flush_on_stop: 'the table stays as it is when the daemon stops',
    lvs_timeouts: 'timeouts of connections are not set; `ipvsadm --set` does that',
  };
  for (const { words, place } of globals) {
    const [keyword = ''] = words;
    if (isMail(keyword) || keyword === 'router_id') continue;
    if (stays && !isBalancing(keyword)) continue;
    const why = reasons[keyword] ?? 'there is no equivalent here';
    remarks.skipped(place, `${shown(words.join(' '))}: ${why}`);
  }
}
