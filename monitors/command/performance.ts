interface Unit {
  readonly name: string;
  readonly factor: number;
}

const kilo = 1024;
const seconds = (factor: number): Unit => ({ name: 's', factor });
const bytes = (factor: number): Unit => ({ name: 'bytes', factor });

/** Guidelines, "Performance data": the unit after the number. Times become seconds, sizes bytes. */
const units: ReadonlyMap<string, Unit> = new Map([
  ['s', seconds(1)],
  ['ms', seconds(1e-3)],
  ['us', seconds(1e-6)],
  ['%', { name: 'percent', factor: 1 }],
  ['b', bytes(1)],
  ['kb', bytes(kilo)],
  ['mb', bytes(kilo ** 2)],
  ['gb', bytes(kilo ** 3)],
  ['tb', bytes(kilo ** 4)],
  ['kib', bytes(kilo)],
  ['mib', bytes(kilo ** 2)],
  ['gib', bytes(kilo ** 3)],
  ['tib', bytes(kilo ** 4)],
  ['c', { name: 'total', factor: 1 }],
]);

const maxMeasures = 64;
const maxLabelChars = 64;
/** Twice the space that all measures together may need. */
const maxChars = 16_384;
/**
 * A label has no `=` and no blanks, unless it is in quotes, where `''` is one quote. It begins an item and has bounds:
 * otherwise an unfinished one would be tried again from each of its characters.
 */
const item =
  /(?<!\S)(?:'((?:[^']|''){1,128})'|([^\s=']{1,128}))=([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)([^\s;]*)/g;

/** `'label'=value[unit];warn;crit;min;max ...` as numbers by label and unit: `time_s`. Anything else is skipped. */
export function parsePerformance(text: string): Readonly<Record<string, number>> {
  const measures = new Map<string, number>();
  for (const [, quoted, bare, number, unitText = ''] of text.slice(0, maxChars).matchAll(item)) {
    if (measures.size === maxMeasures) break;
    const label = (quoted?.replaceAll("''", "'") ?? bare ?? '').replaceAll(/[^ -~]/g, '').slice(0, maxLabelChars);
    const unit = units.get(unitText.toLowerCase());
    const value = Number(number) * (unit?.factor ?? 1);
    // Unknown units are skipped; rounding errors of factors such as 1e-3 are rounded off.
    if (label === '' || !Number.isFinite(value) || (unit === undefined && unitText !== '')) continue;
    measures.set(unit === undefined ? label : `${label}_${unit.name}`, Number(value.toPrecision(12)));
  }
  return Object.fromEntries(measures);
}
