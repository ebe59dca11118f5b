/** `understudy doctor`: is this machine fit to be a director? */
import { accessSync, constants } from 'node:fs';
import { type Fixed, fix, fixable, keepLines } from '../machine/doctor/fix.ts';
import { gather } from '../machine/doctor/gather.ts';
import { judge } from '../machine/doctor/judge.ts';
import { keepFile } from '../machine/doctor/judge-settings.ts';
import { needsOf } from '../machine/doctor/needs.ts';
import { anyBad, type Finding, worstFirst } from '../machine/host/finding.ts';
import type { Host } from '../machine/host/host.ts';
import type { ConfigReport, ReadConfig } from './config-report.ts';
import { findingsText } from './render/doctor.ts';
import { type Line, plain, toned, uncut } from './render/look.ts';
import { count } from './render/words.ts';
import { type ExitCode, lookOf, print, printJson, type Session, UsageError } from './session.ts';

export interface DoctorParts {
  readonly host: Host;
  readonly readConfig: ReadConfig;
  readonly defaultConfigFile: string;
}

export interface DoctorOptions {
  readonly config?: string | undefined;
  readonly fix?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export async function doctor(session: Session, parts: DoctorParts, options: DoctorOptions): Promise<ExitCode> {
  const { host } = parts;
  if (options.fix && host.uid !== 0) throw new Error(`doctor --fix: expected root, got user id ${host.uid}`);
  const { report, file, absence } = await readReport(parts, options.config);
  const examine = async (): Promise<readonly Finding[]> => {
    const facts = await gather(host, report?.config ?? null);
    return [...judgeConfig(file, report), ...judge(facts, needsOf(report?.config ?? null, facts.ipvs.table))];
  };
  const before = await examine();
  const fixed = options.fix ? await fix(host, fixable(before)) : [];
  const findings = options.fix ? await examine() : before;
  const keep = options.fix ? keepLines(findings) : [];
  if (options.json) {
    printJson(session, {
      config: report === null ? null : file,
      findings: worstFirst(findings),
      ...(options.fix && { fixed, keep }),
    });
    return anyBad(findings) ? 1 : 0;
  }
  const look = lookOf(session);
  const { table, remedies, verdict } = findingsText(findings, look);
  if (options.fix) session.out.write(`${uncut(fixedLines(fixed), look)}\n`);
  print(session, table);
  if (remedies.length > 0) session.out.write(`\n${uncut(remedies, look)}`);
  if (keep.length > 0) {
    const head = `to keep the settings, put this into ${keepFile}:`;
    session.out.write(
      `\n${uncut(
        [head, ...keep, moduleHint].map((line) => [plain(line)]),
        look,
      )}`,
    );
  }
  print(session, [[], verdict]);
  const notes = [
    ...(absence === null ? [] : [`checked without a configuration: ${absence}`]),
    ...(host.uid === 0 ? [] : ['checked without root: some of it cannot be seen']),
  ];
  session.out.write(
    uncut(
      notes.map((text) => [toned('quiet', text)]),
      look,
    ),
  );
  return anyBad(findings) ? 1 : 0;
}

function fixedLines(fixed: readonly Fixed[]): Line[] {
  if (fixed.length === 0) return [[plain('no setting had to be changed')]];
  return fixed.map(({ name, value, before, fault }) =>
    fault === null ? [plain(`set ${name}: ${before ?? 'not known'} to ${value}`)] : [toned('bad', `not set: ${fault}`)],
  );
}

/** systemd-sysctl(8) sets only what is there already. */
const moduleHint =
  'and `ip_vs` into /etc/modules-load.d/understudy.conf, so that these exist by then; after a change: sysctl --system';

interface Read {
  readonly file: string;
  readonly report: ConfigReport | null;
  /** Why there is no report; null: there is one. */
  readonly absence: string | null;
}

/** Of the file that is named, which has to be there, or of the usual one, if it is there. */
async function readReport({ readConfig, defaultConfigFile }: DoctorParts, named: string | undefined): Promise<Read> {
  const file = named ?? defaultConfigFile;
  const code = accessFault(file);
  if (code === null) return { file, report: await readConfig(file), absence: null };
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
  if (named !== undefined && isMissing) throw new UsageError(`--config: expected a file, got \`${named}\``);
  const absence = isMissing ? `there is no ${file}` : `${file} cannot be read (${code})`;
  if (named !== undefined) throw new Error(`--config: ${absence}`);
  return { file, report: null, absence };
}

function accessFault(file: string): string | null {
  try {
    accessSync(file, constants.R_OK);
    return null;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code ?? String(fault);
  }
}

function judgeConfig(file: string, report: ConfigReport | null): readonly Finding[] {
  if (report === null) return [];
  const right = report.config !== null;
  return [
    {
      name: 'configuration',
      state: right ? 'ok' : 'bad',
      found: right ? file : count(report.problems.length, 'problem'),
      wanted: 'valid',
      why: right
        ? 'it says what this director is for'
        : `checked without it; the first: ${report.problems[0] ?? 'unknown'}`,
      mend: right ? null : `understudy check-config ${file}`,
      sysctl: null,
    },
  ];
}
