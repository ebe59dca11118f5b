/** The runtime API commands that bring a server line to its desired state (management guide, 9.3). */
import { isIP } from 'node:net';
import { BalancerError } from '../balancer.ts';
import type { Setting } from './assign.ts';
import { admin, type ServerLine } from './lines.ts';
import { isDraining } from './table.ts';

/** Names that HAProxy accepts; a `;` or a newline would start another command. */
const nameShape = /^[A-Za-z0-9_.:-]+$/;
const heaviest = 256;

export function checkedName(name: string): string {
  if (nameShape.test(name)) return name;
  throw refusal(`expected a name of letters, digits, \`_\`, \`.\`, \`:\`, \`-\`, got \`${name}\``);
}

/** Throws BalancerError for values that HAProxy would refuse. */
export function lineCommands(backend: string, { line, state, to }: Setting): readonly string[] {
  const path = `${checkedName(backend)}/${checkedName(line.name)}`;
  const commands: string[] = [];
  const isForced = (bits: number): boolean => (line.admin & bits) !== 0;
  if (to !== null) {
    const { address, port, weight } = to;
    if (isIP(address) === 0) throw refusal(`expected an IP address, got \`${address}\``);
    if (!isCount(port, 65_535)) throw refusal(`expected a port, got \`${port}\``);
    if (!isCount(weight, heaviest)) throw refusal(`expected a weight of 0 to ${heaviest}, got \`${weight}\``);
    const isMoved = address !== line.address || (port !== 0 && port !== line.port);
    if (isMoved) commands.push(`set server ${path} addr ${address}${port === 0 ? '' : ` port ${port}`}`);
    // HAProxy's own check and agent judged the old address; our check has seen the new one.
    if (isMoved && !line.isUp && line.isChecked) commands.push(`set server ${path} health up`);
    if (isMoved && !line.isUp && line.hasAgent) commands.push(`set server ${path} agent up`);
    // A draining line keeps its weight; a line with an agent gets its weight from the agent.
    if (weight > 0 && weight !== line.weight && !line.hasAgent) commands.push(`set server ${path} weight ${weight}`);
  }
  if (!isIn(state, line, isForced)) commands.push(`set server ${path} state ${state}`);
  return commands;
}

function isIn(state: Setting['state'], line: ServerLine, isForced: (bits: number) => boolean): boolean {
  if (state === 'maint') return isForced(admin.forcedMaint);
  if (isForced(admin.forcedMaint)) return false;
  return state === 'drain' ? isDraining(line) : !isDraining(line);
}

/** HAProxy answers a command that succeeded with nothing or one known sentence; returns all other lines, each once. */
export function refusalsIn(answer: string): readonly string[] {
  const lines = answer.split('\n').map((line) => line.trim());
  const isDone = (line: string): boolean =>
    line === '' || (/by 'stats socket command'$/.test(line) && !line.startsWith('Invalid'));
  return [...new Set(lines.filter((line) => !isDone(line)))];
}

function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

function refusal(text: string): BalancerError {
  return new BalancerError('refused', `HAProxy would not take it: ${text}`);
}
