/** Names that one entry uses and another defines. */
import type { Draft, Section } from '../draft.ts';
import type { Path, Report } from '../problems.ts';
import { membersOf } from '../service-schema.ts';
import { showValue } from '../show.ts';
import { didYouMean } from '../suggest.ts';

export function checkNames(draft: Draft, report: Report): void {
  const { servers, monitors, alerts } = draft;
  for (const [name, { path, fields }] of servers.entries) {
    checkList(fields.backups, [...path, 'backups'], 'server', servers, report);
    checkSelf(fields.backups, name, [...path, 'backups'], report);
  }
  for (const { path, fields } of draft.watches.entries.values()) {
    checkList(fields.servers, [...path, 'servers'], 'server', servers, report);
    checkList(fields.monitors, [...path, 'monitors'], 'monitor', monitors, report);
    checkList(fields.alerts, [...path, 'alerts'], 'alert', alerts, report);
  }
  for (const { path, fields } of draft.services.entries.values()) {
    const members = membersOf(fields.servers);
    if (Array.isArray(fields.servers)) checkList(fields.servers, [...path, 'servers'], 'server', servers, report);
    for (const { server, key, backups } of Array.isArray(fields.servers) ? [] : members) {
      const memberPath = [...path, 'servers', key];
      checkKnown(server, memberPath, 'server', servers, report, 'key');
      checkList(backups, [...memberPath, 'backups'], 'server', servers, report);
      checkSelf(backups, server, [...memberPath, 'backups'], report);
    }
  }
}

function checkList(
  names: readonly string[] | undefined,
  path: Path,
  noun: string,
  section: Section<unknown>,
  report: Report,
): void {
  names?.forEach((name, index) => {
    if (names.indexOf(name) < index) {
      report([...path, index], `duplicate ${noun} ${showValue(name)}, expected each ${noun} once`);
    } else checkKnown(name, [...path, index], noun, section, report);
  });
}

function checkKnown(
  name: string,
  path: Path,
  noun: string,
  { readable, entries }: Section<unknown>,
  report: Report,
  at: 'key' | 'value' = 'value',
): void {
  if (!readable || entries.has(name)) return;
  const hint = didYouMean(name, entries.keys());
  report(
    path,
    `unknown ${noun} ${showValue(name)}${hint === '' ? `, expected one that \`${noun}s\` defines` : hint}`,
    at,
  );
}

function checkSelf(backups: readonly string[] | undefined, server: string, path: Path, report: Report): void {
  const index = backups?.indexOf(server) ?? -1;
  if (index >= 0) report([...path, index], `server ${showValue(server)} backs itself up, expected another server`);
}
