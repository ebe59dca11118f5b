/** How late the last starts were, as quantiles over a ring of samples. */
export interface Lateness {
  add(ms: number): void;
  /** 0 before the first sample. */
  quantile(share: number): number;
}

export function createLateness(size = 2048): Lateness {
  const ring = new Float64Array(size);
  let count = 0;
  return {
    add(ms) {
      ring[count++ % size] = ms;
    },
    quantile(share) {
      const samples = ring.slice(0, Math.min(count, size)).sort();
      return samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] ?? 0;
    },
  };
}
