/** Groups must not overlap, and no client may be listed with two marks. */
import type { PortRange } from '../../../core/marks.ts';
import { isAbsent } from '../../entry.ts';
import type { Report, ReportLine } from '../../problems.ts';
import { type Group, reportAt } from './groups.ts';

export function checkClassify(classify: readonly Group[], report: Report, reportLine: ReportLine): void {
  for (const [at, group] of classify.entries()) {
    checkKeys(group, report);
    checkAddresses(group, report);
    for (const other of classify.slice(0, at)) checkOverlap(group, other, report);
  }
  const [first, ...others] = classify.filter(({ clients }) => clients !== null);
  for (const { path } of first === undefined ? [] : others) {
    const line = first?.line([...first.path, 'clients']);
    report([...path, 'clients'], `expected one group with \`clients\`, line ${line} has the other`, 'key');
  }
  if (first !== undefined) checkClients(first, report, reportLine);
}

function checkKeys(group: Group, report: Report): void {
  const { path, fields, clients } = group;
  if (isAbsent(group, 'mark') && isAbsent(group, 'clients')) {
    const hint = fields.default === undefined ? '' : '; `clients: []` gives all of them the mark `default`';
    report([...path, 'mark'], `missing key \`mark\`, expected one of mark, clients${hint}`, 'key');
  } else if (fields.mark !== undefined && clients !== null) {
    report(
      [...path, 'mark'],
      'expected `mark` or `clients`, got both; the mark of all other clients is `default`',
      'key',
    );
  } else if (fields.mark !== undefined && fields.default !== undefined) {
    report([...path, 'default'], 'expected `default` with `clients` only, got it with `mark`', 'key');
  }
  const { ports } = fields;
  if (ports !== undefined && ports.tcp === undefined && ports.udp === undefined) {
    report([...path, 'ports'], 'expected `tcp`, `udp` or both in `ports`, got none');
  }
}

function checkAddresses({ path, fields }: Group, report: Report): void {
  const vips = fields.vip ?? [];
  for (const [at, vip] of vips.entries()) {
    if (vips.indexOf(vip) < at) {
      report([...path, 'vip', at], `duplicate address \`${vip}\`, expected each address once`);
    }
  }
}

function checkOverlap(group: Group, other: Group, report: Report): void {
  const [a, b] = [group.fields, other.fields];
  if (a.interface !== undefined && b.interface !== undefined && a.interface !== b.interface) return;
  const vip = a.vip?.find((address) => b.vip?.includes(address));
  if (vip === undefined) return;
  for (const protocol of ['tcp', 'udp'] as const) {
    const common = commonPorts(a.ports?.[protocol] ?? [], b.ports?.[protocol] ?? []);
    if (common === null) continue;
    const line = other.line([...other.path, 'ports', protocol]);
    report(
      [...group.path, 'ports', protocol],
      `${protocol} ${common} to ${vip} overlaps line ${line}, expected each port of an address in one group`,
      'key',
    );
  }
}

function commonPorts(ranges: readonly PortRange[], others: readonly PortRange[]): string | null {
  for (const range of ranges) {
    for (const other of others) {
      const [first, last] = [Math.max(range.first, other.first), Math.min(range.last, other.last)];
      if (first <= last) return first === last ? String(first) : `${first}-${last}`;
    }
  }
  return null;
}

function checkClients({ repeats }: Group, report: Report, reportLine: ReportLine): void {
  for (const { again, first } of repeats) {
    if (again.mark === first.mark) continue;
    const both = `mark ${again.mark} here and mark ${first.mark} in ${first.where}`;
    reportAt(again.place, `client \`${again.network.text}\` has ${both}, expected one`, report, reportLine);
  }
}
