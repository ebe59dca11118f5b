/** What one look at this machine and its video server gave. */

/** By name, as in the report: `cpu`, `load5`, `band_out`, `publishers`, ... */
export type Figures = Readonly<Record<string, number>>;

export interface Reading {
  readonly figures: Figures;
  /** Why a figure is not there, by its name. */
  readonly missing: Readonly<Record<string, string>>;
}

/** Of a rate, which needs two looks. */
export const noEarlierReading = 'no earlier reading';

/** The same cause for several figures. */
export function withoutFigures(names: readonly string[], cause: string): Reading {
  return { figures: {}, missing: Object.fromEntries(names.map((name) => [name, cause])) };
}

export function merge(readings: readonly Reading[]): Reading {
  return {
    figures: Object.assign({}, ...readings.map(({ figures }) => figures)),
    missing: Object.assign({}, ...readings.map(({ missing }) => missing)),
  };
}

export function roundTo(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
