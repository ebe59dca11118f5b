/** Matches a line of the Prometheus text format (exposition formats, version 0.0.4). */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const escapes: Readonly<Record<string, string>> = { n: '\n', '\\': '\\', '"': '"' };

/** The samples with the given names; other lines, comments and malformed lines are skipped. */
export function readSamples(text: string, names: readonly string[]): readonly Sample[] {
  const samples: Sample[] = [];
  const wanted = new Set(names);
  for (const candidate of text.split('\n')) {
    // Most lines have other names, and a full match of each would dominate the cost.
    if (!wanted.has(/^\w+/.exec(candidate)?.[0] ?? '')) continue;
    const match = line.exec(candidate.trimEnd());
    if (match === null || !wanted.has(match[1] ?? '')) continue;
    const value = toNumber(match[3] ?? '');
    if (value !== null) samples.push({ name: match[1] ?? '', labels: readLabels(match[2] ?? ''), value });
  }
  return samples;
}

function readLabels(text: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(label)) {
    labels.set(
      name,
      value.replaceAll(/\\(.)/g, (whole, letter: string) => escapes[letter] ?? whole),
    );
  }
  return labels;
}

function toNumber(text: string): number | null {
  const infinity = /^([+-]?)Inf$/i.exec(text);
  if (infinity !== null) return infinity[1] === '-' ? -Infinity : Infinity;
  if (text === 'NaN') return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}
