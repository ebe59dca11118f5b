/** Groups of packets that must not be in each other's way, and clients that must not be listed with two marks. */
import type { PortRange } from '../../core/marks.ts';
import { type GroupDraft, tell } from '../classify-draft.ts';
import type { Draft } from '../draft.ts';
import { isAbsent } from '../entry.ts';
import type { Report, ReportLine } from '../problems.ts';

export function checkClassify({ classify }: Draft, report: Report, reportLine: ReportLine): void {
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

function checkKeys(group: GroupDraft, report: Report): void {
  const { path, fields, clients } = group;
  if (isAbsent(group, 'mark') && isAbsent(group, 'clients')) {
    const hint = fields.default === undefined ? '' : '; `clients: []` leaves all of them to `default`';
    report([...path, 'mark'], `missing key \`mark\`, expected one of mark, clients${hint}`, 'key');
  } else if (fields.mark !== undefined && clients !== null) {
    report(
      [...path, 'mark'],
      'expected `mark` or `clients`, got both; the mark of all other clients is `default`',
      'key',
    );
  } else if (fields.mark !== undefined && fields.default !== undefined) {
    report([...path, 'default'], 'expected `default` beside `clients` only, got it beside `mark`', 'key');
  }
  const { ports } = fields;
  if (ports !== undefined && ports.tcp === undefined && ports.udp === undefined) {
    report([...path, 'ports'], 'expected `tcp`, `udp` or both in `ports`, got none');
  }
}

function checkAddresses({ path, fields }: GroupDraft, report: Report): void {
  const vips = fields.vip ?? [];
  for (const [at, vip] of vips.entries()) {
    if (vips.indexOf(vip) < at) {
      report([...path, 'vip', at], `duplicate address \`${vip}\`, expected each address once`);
    }
  }
}

function checkOverlap(group: GroupDraft, other: GroupDraft, report: Report): void {
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

function checkClients({ repeats }: GroupDraft, report: Report, reportLine: ReportLine): void {
  for (const { again, first } of repeats) {
    if (again.mark === first.mark) continue;
    const both = `mark ${again.mark} here and mark ${first.mark} in ${first.where}`;
    tell(again.place, `client \`${again.network.text}\` has ${both}, expected one`, report, reportLine);
  }
}
