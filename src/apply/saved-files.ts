/** The declared state as files that ipvsadm, nft and iptables-restore load, for hosts that must work without us. */
import type { Script } from '../classify/packet-filter.ts';
import { planService } from '../core/plan.ts';
import type { Command } from '../core/table.ts';
import type { DesiredState } from './desired.ts';

export interface SavedFile {
  readonly name: string;
  readonly content: string;
  readonly executable: boolean;
}

export interface SavedState {
  readonly files: readonly SavedFile[];
  /** What `understudy-load.sh` runs. */
  readonly commands: readonly string[];
}

export const loaderName = 'understudy-load.sh';
export const unitName = 'understudy-saved.service';
const rulesName = 'ipvsadm.rules';
/** They load rules of their own at boot, flush existing ones, and are not ordered among the units before the network. */
const flushers = ['nftables', 'netfilter-persistent', 'iptables', 'ip6tables', 'firewalld', 'ufw'];

/** `folder` is absolute; `filter` null: no marks are declared. */
export function saveState(
  { pools }: DesiredState,
  filter: Script | null,
  ipvsadmLines: (commands: readonly Command[]) => readonly string[],
  folder: string,
): SavedState {
  // `ipvsadm -R` has no comments.
  const rules = pools.flatMap((pool) => ipvsadmLines(planService(pool, undefined)));
  const ipvs = rules.length === 0 ? [] : [{ name: rulesName, content: textOf(rules) }];
  const restore = rules.length === 0 ? [] : [`ipvsadm -R < ${rulesName}`];
  const marks = filter?.commands ?? [];
  const plain = [...ipvs, ...(filter?.files ?? [])].map((file) => ({ ...file, executable: false }));
  return {
    files: [
      ...plain,
      { name: loaderName, content: loader([...restore.map(inSilence), ...marks]), executable: true },
      { name: unitName, content: unit(folder), executable: false },
    ],
    commands: [...restore, ...marks],
  };
}

/** Loads services before the marks that lead to them, and no mark if the services could not be loaded. */
function loader(commands: readonly string[]): string {
  return textOf([
    '#!/bin/sh',
    '# Written by understudy save. For a table that is empty, as after a boot.',
    'set -e',
    'cd "$(dirname "$0")"',
    ...commands,
  ]);
}

/** ipvsadm continues after a refused line, and its exit status is that of the last line. */
function inSilence(command: string): string {
  return `said=$(${command} 2>&1) && [ -z "$said" ] || { echo "$said" >&2; exit 1; }`;
}

function unit(folder: string): string {
  return textOf([
    '# Written by understudy save.',
    '[Unit]',
    'Description=Virtual services and packet marks as understudy saved them',
    'Wants=network-pre.target',
    'Before=network-pre.target',
    `After=${flushers.map((name) => `${name}.service`).join(' ')}`,
    `RequiresMountsFor=${quoted(folder)}`,
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=/bin/sh ${quoted(`${folder}/${loaderName}`).replaceAll('$', '$$$$')}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ]);
}

/** One word in the quoting of systemd.syntax(7) and systemd.unit(5); in a command `$` is special too (systemd.service(5)). */
function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
