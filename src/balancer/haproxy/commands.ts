/** What brings a server line from where it is to where it should be, as the runtime API takes it (management guide, 9.3). */
import { isIP } from 'node:net';
import { BalancerError } from '../balancer.ts';
import type { Setting } from './assign.ts';
import { admin, type ServerLine } from './lines.ts';
import { isDraining } from './table.ts';

/** What HAProxy itself takes as a name; a `;` or the end of a line would begin another command. */
const nameShape = /^[A-Za-z0-9_.:-]+$/;
const heaviest = 256;

export function checkedName(name: string): string {
  if (nameShape.test(name)) return name;
  throw refusal(`expected a name of letters, digits, \`_\`, \`.\`, \`:\`, \`-\`, got \`${name}\``);
}

/** Throws BalancerError for what HAProxy would not take. */
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
    // What its own check and agent said was of the other address; ours has seen this one.
    if (isMoved && !line.isUp && line.isChecked) commands.push(`set server ${path} health up`);
    if (isMoved && !line.isUp && line.hasAgent) commands.push(`set server ${path} agent up`);
    // A draining line keeps its weight; one with an agent gets it from there.
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

/** HAProxy says nothing, or a sentence, of what it did; gives the lines that are neither, each once. */
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
