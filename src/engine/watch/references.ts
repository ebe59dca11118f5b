/** The references of law 1: whether they answer, and when to report that they do not. */
import type { OwnProblem } from '../../api/control.ts';
import type { DirectorConfig } from '../../config/config.ts';
import type { Clock } from '../../ports.ts';
import type { PulseHost } from './pulses.ts';

/** Ports of a reference without a configured port, if it ignores the pulse's own: any answer counts, a refusal too. */
const likelyPorts = [9, 80, 22, 443, 53];
/** A reference that has not answered for this long since the start is no witness, which is reported. */
const neverAfterMs = 10_000;

export interface References {
  set(references: DirectorConfig['references'], pulsePort: number | null): readonly PulseHost[];
  addresses(): readonly string[];
  wentDark(address: string): void;
  heardAgain(address: string): void;
  /** `heardAtMs`: when the address last answered; null: never. */
  problems(heardAtMs: (address: string) => number | null): readonly OwnProblem[];
}

export function createReferences(clock: Clock): References {
  const dark = new Map<string, number>();
  let known: readonly string[] = [];
  let setMs = clock.wallMs();

  return {
    set(references, pulsePort) {
      known = references.map(({ address }) => address);
      setMs = clock.wallMs();
      for (const address of dark.keys()) if (!known.includes(address)) dark.delete(address);
      return references.map(({ address, port }) => ({
        address,
        ports: port === null ? [...new Set([pulsePort ?? 9, ...likelyPorts])] : [port],
      }));
    },
    addresses: () => known,
    wentDark(address) {
      if (known.includes(address)) dark.set(address, clock.wallMs());
    },
    heardAgain: (address) => void dark.delete(address),
    problems(heardAtMs) {
      const frozen = [...dark].map(([address, sinceMs]): OwnProblem => {
        const text = `reference ${address} does not answer: timeouts are not counted as failures until it does`;
        return { kind: 'frozen', text, sinceMs };
      });
      if (clock.wallMs() - setMs < neverAfterMs) return frozen;
      const never = known
        .filter((address) => !dark.has(address) && heardAtMs(address) === null)
        .map((address): OwnProblem => {
          const text = `reference ${address} has never answered: expected any answer to a TCP connect; it is no witness until it does`;
          return { kind: 'reference', text, sinceMs: setMs };
        });
      return [...frozen, ...never];
    },
  };
}
