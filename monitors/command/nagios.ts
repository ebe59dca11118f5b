import type { Verdict } from '../../src/plugin/plugin.ts';
import { plain } from '../shared/quote.ts';
import { parsePerformance } from './performance.ts';

/** Monitoring Plugins Development Guidelines, "Plugin Return Codes"; other values mean UNKNOWN too. */
const statuses: readonly Verdict['status'][] = ['ok', 'overloaded', 'fail', 'unknown'];

interface PluginRun {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/**
 * `text | performance`, then lines of more text, then after another `|` more performance data to the end. A broken
 * plugin explains itself on stderr.
 */
export function nagiosVerdict({ code, output, errors }: PluginRun): Verdict {
  const lines = output.replace(/^\s*\n/, '').split('\n');
  const [first = '', ...rest] = lines;
  const [text, performance] = splitAt(first, '|');
  const [longText, morePerformance] = splitAt(rest.join('\n'), '|');
  const summary = plain(text, 200) || plain(errors.trim().split('\n')[0] ?? '', 200) || `exit status ${code}`;
  const detail = `${text}\n${longText}\n${errors}`
    .replaceAll(/[^\n -~]+/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')
    .slice(0, 2000);
  const measures = parsePerformance(`${performance} ${morePerformance}`);
  const status = statuses[code] ?? 'unknown';
  return { status, summary, detail, ...(Object.keys(measures).length === 0 ? {} : { measures }) };
}

function splitAt(text: string, separator: string): readonly [before: string, after: string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
