/** Finds what is ours in the text of `iptables-save -t mangle`. */
import { type Chains, hooks } from './chains.ts';

export interface SavedChains extends Chains {
  /** Rules of others that jump to our chains, as printed. */
  readonly visitors: readonly string[];
}

/** Only our lines, without counters and dates, so that two reads can be compared. */
export function ownLines(save: string): string {
  const lines = save.split('\n').filter((line) => {
    const [verb = '', chain = ''] = line.split(' ');
    if (verb.startsWith(':')) return hooks.has(verb.slice(1));
    return verb === '-A' && (hooks.has(chain) || leadsTo(line) !== null);
  });
  return lines.map((line) => `${line.replace(/ \[\d+:\d+\]$/, '')}\n`).join('');
}

export function parseOwnLines(text: string): SavedChains {
  const chains = new Map<string, string[]>();
  const jumps = new Map<string, number>();
  const visitors: string[] = [];
  for (const line of text.split('\n')) {
    const [verb = '', chain = '', ...rest] = line.split(' ');
    if (verb.startsWith(':')) {
      chains.set(verb.slice(1), []);
      continue;
    }
    if (verb !== '-A') continue;
    const rules = chains.get(chain);
    if (rules !== undefined) {
      rules.push(rest.join(' '));
      continue;
    }
    const name = leadsTo(line) ?? '';
    if (line === `-A ${hooks.get(name)} -j ${name}`) jumps.set(name, (jumps.get(name) ?? 0) + 1);
    else visitors.push(line);
  }
  return { chains, jumps, visitors };
}

/** The number of rules that are not ours. */
export function countOthers(save: string): number {
  const rules = save.split('\n').filter((line) => line.startsWith('-A '));
  return (
    rules.length -
    ownLines(save)
      .split('\n')
      .filter((line) => line.startsWith('-A ')).length
  );
}

/** Quoted text is a comment, whatever it contains. */
function leadsTo(line: string): string | null {
  const bare = line.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const name = / -[jg] (\S+)(?: |$)/.exec(bare)?.[1];
  return name !== undefined && hooks.has(name) ? name : null;
}
