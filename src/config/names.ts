/** Lists of names that one entry uses and a section defines. */
import { z } from 'zod';
import { field } from '../plugin/fields.ts';
import type { Section } from './entry.ts';
import type { Path, Report } from './problems.ts';
import { showValue } from './show.ts';
import { didYouMean } from './suggest.ts';

export const nameList = (about: string) => z.array(field.text(), 'expected a list of names').describe(about);

export function checkNames(
  names: readonly string[] | undefined,
  path: Path,
  noun: string,
  section: Section<unknown>,
  report: Report,
): void {
  names?.forEach((name, index) => {
    if (names.indexOf(name) < index) {
      report([...path, index], `duplicate ${noun} ${showValue(name)}, expected each ${noun} once`);
    } else checkName(name, [...path, index], noun, section, report);
  });
}

export function checkName(
  name: string,
  path: Path,
  noun: string,
  { readable, entries }: Section<unknown>,
  report: Report,
  at: 'key' | 'value' = 'value',
): void {
  if (!readable || entries.has(name)) return;
  const hint = didYouMean(name, entries.keys()) || `, expected one that \`${noun}s\` defines`;
  report(path, `unknown ${noun} ${showValue(name)}${hint}`, at);
}

/** Backups of a server: known servers, each once, and not the server itself. */
export function checkBackups(
  backups: readonly string[] | undefined,
  server: string,
  path: Path,
  servers: Section<unknown>,
  report: Report,
): void {
  checkNames(backups, path, 'server', servers, report);
  const index = backups?.indexOf(server) ?? -1;
  if (index >= 0) report([...path, index], `server ${showValue(server)} backs itself up, expected another server`);
}
