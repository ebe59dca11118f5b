/** What a scenario expects, said so that a failure can be read without the scenario. */
import { readTable } from './table.ts';

export function same(what: string, got: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(got), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what}: expected ${should}, got \`${is}\``);
}

export function like(what: string, got: string | undefined, pattern: RegExp): void {
  if (got === undefined || !pattern.test(got)) throw new Error(`${what}: expected ${pattern}, got \`${got}\``);
}

/** The weights of our service in the kernel: `10.10.3.20=1 10.10.3.21=1`, by address. */
export function weights(): string {
  const service = readTable().find(({ name }) => name === 'fwm 1');
  const entries = (service?.entries ?? []).map(({ address, weight }) => `${address}=${weight}`);
  return service === undefined ? 'no service' : entries.sort().join(' ');
}
