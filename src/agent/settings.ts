/** The options of `understudy agent`, the same from the command line and from a file. */
import { isIP } from 'node:net';
import { fromText, type Parsed } from '../config/addresses.ts';
import { parseNetwork } from '../config/networks.ts';
import type { Path, Report } from '../config/problems.ts';
import { reportFailure, wordIssue } from '../config/wording.ts';
import type { Network } from '../core/marks.ts';
import { field, type Options } from '../plugin/fields.ts';
import { isLastWord } from './answer.ts';
import { countedNames, type Limits, limitNames, usualLimits, wordOf } from './limits.ts';

const percent = () => field.number(1, 100);
const count = () => field.number(1, 1e9);

export const settingsSchema = field.object({
  bind: fromText('expected an IP address', parseBind)
    .optional()
    .describe('The address to listen on; absent: every one with `only_from`, else 127.0.0.1'),
  port: field.port().default(9707).describe('TCP'),
  only_from: field
    .list(fromText('expected an address or a network', parseAsker))
    .default([])
    .describe('Addresses and networks that may ask, or `any`; this machine always may'),
  limits: field
    .object({
      cpu: field.number(1, 10_000).optional().describe('Percent, as `measure` says'),
      publishers: count().optional().describe('Streams coming in'),
      subscribers: count().optional().describe('Streams going out'),
      hls: count().optional().describe('HLS streams; WCS only'),
      band_in: count().optional().describe('Mbit/s coming in'),
      band_out: count().optional().describe('Mbit/s going out'),
      memory: percent().optional().describe('Percent of memory in use'),
      disk: percent().optional().describe('Percent of the fullest of `disk_paths`'),
    })
    .optional()
    .describe('Reached means down; absent: cpu 90 and 100 of each other but memory and disk'),
  measure: field
    .oneOf(['load5', 'load1', 'busy'])
    .default('load5')
    .describe('What `cpu` is: the 5- or 1-minute load per CPU, or the share of time spent busy'),
  interface: field.text().optional().describe('Whose bandwidth counts; absent: the one with the default route'),
  disk_paths: field.list(field.text()).min(1).default(['/']).describe('A path on each file system that counts'),
  wcs: fromText('expected a URL', parseUrl).optional().describe('Statistics of a Flashphoner WCS'),
  nginx_rtmp: fromText('expected a URL', parseUrl).optional().describe('The `rtmp_stat` page of nginx-rtmp'),
  every: field.duration(1000, 60_000).prefault('5s').describe('How often all figures are read'),
  hold: field
    .duration(0, 86_400_000)
    .prefault('30s')
    .describe('So long the last answer stands while a limited figure is missing'),
  without_data: field
    .oneOf(['down', 'hold'])
    .default('down')
    .describe('What is answered after that: `down #no data`, or still the last answer'),
  last_word: field
    .text()
    .refine((text) => text === 'none' || isLastWord(text), 'expected `up`, `up N%`, `N%`, `down #why` or none')
    .default('up 100%')
    .describe('Answered at the stop, since HAProxy keeps whatever it heard last; `none`: nothing'),
  linger: field
    .duration(0, 60_000)
    .prefault('10s')
    .describe('So long the stop waits at most for everybody to hear the last word'),
});

type Written = Options<typeof settingsSchema>;

/** Complete settings, with limits and the page that the limits need. */
export interface Settings extends Omit<Written, 'limits'> {
  readonly limits: Limits;
}

const usualWcs = 'http://127.0.0.1:8081/?action=stat&format=json';

/** Reports all problems; null if there is one. */
export function readSettings(value: unknown, report: Report): Settings | null {
  const parsed = settingsSchema.safeParse(value, { error: wordIssue });
  if (!parsed.success) {
    reportFailure({ schema: settingsSchema, path: [], value, written: value, issues: parsed.error.issues }, report);
    return null;
  }
  const problems = contradictions(parsed.data);
  for (const { path, message } of problems) report(path, message);
  return problems.length === 0 ? completed(parsed.data) : null;
}

function contradictions(settings: Written): readonly { readonly path: Path; readonly message: string }[] {
  const { bind, only_from, wcs, nginx_rtmp, limits } = settings;
  const problems: { readonly path: Path; readonly message: string }[] = [];
  if (bind !== undefined && !isLoopback(bind) && only_from.length === 0) {
    problems.push({
      path: ['bind'],
      message: `expected \`${wordOf('only_from')}\` beside an address that others reach`,
    });
  }
  if (wcs !== undefined && nginx_rtmp !== undefined) {
    problems.push({ path: ['nginx_rtmp'], message: 'expected one source of statistics, got wcs as well' });
  }
  if (nginx_rtmp !== undefined && limits?.hls !== undefined) {
    problems.push({
      path: ['limits', 'hls'],
      message: 'nginx-rtmp does not count HLS viewers, expected no such limit',
    });
  }
  return problems;
}

/** Adds what follows from other options. */
function completed(settings: Written): Settings {
  const { hls: _, ...withoutHls } = usualLimits;
  const usual = settings.nginx_rtmp === undefined ? usualLimits : withoutHls;
  const limits: Limits = settings.limits === undefined ? usual : present(settings.limits);
  const isCounting = countedNames.some((name) => limits[name] !== undefined);
  const needsWcs = isCounting && settings.wcs === undefined && settings.nginx_rtmp === undefined;
  return { ...settings, limits, ...(needsWcs && { wcs: usualWcs }) };
}

function present(limits: NonNullable<Written['limits']>): Limits {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}

/** As typed: `--only-from`; a limit by its word alone. */
export function optionOf(path: Path): string {
  const [first = '', second] = path;
  const isLimit = first === 'limits' && limitNames.some((name) => name === second);
  return isLimit ? wordOf(String(second)) : `--${wordOf(String(first))}`;
}

/** The address to listen on; null: all. */
export function listensOn({ bind, only_from }: Settings): string | null {
  return bind ?? (only_from.length === 0 ? '127.0.0.1' : null);
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

function parseBind(text: string): Parsed<string> {
  const bare = /^\[(.*:.*)\]$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? { expected: 'an IP address' } : { ok: bare };
}

function parseAsker(text: string): Parsed<Network | 'any'> {
  return text === 'any' ? { ok: 'any' } : parseNetwork(text);
}

function parseUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isHttp ? { ok: text } : { expected: 'a URL that begins with http:// or https://' };
}
