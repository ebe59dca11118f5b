/** The references of law 1: whether they answer, and when to say that they do not. */

import type { OwnProblem } from '../../api/control.ts';
import type { DirectorConfig } from '../../config/config.ts';
import type { Clock } from '../../ports.ts';
import type { PulseHost, Pulses } from './pulses.ts';

/** Where a reference without a port is asked when it ignores the pulse's own: any answer counts, a refusal too. */
const likelyPorts = [9, 80, 22, 443, 53];
/** A reference that never answered for so long is no witness, and that is said. */
const neverAfterMs = 10_000;

export interface References {
  set(references: DirectorConfig['references'], pulsePort: number | null): readonly PulseHost[];
  addresses(): readonly string[];
  wentDark(address: string): void;
  heardAgain(address: string): void;
  problems(): readonly OwnProblem[];
}

export function createReferences(clock: Clock, pulses: () => Pulses): References {
  const dark = new Map<string, number>();
  let known: readonly string[] = [];
  let setMs = clock.wallMs();

  const frozenText = (address: string): string =>
    `reference ${address} does not answer: a server that is only silent is not held to have failed`;

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
    problems() {
      const frozen = [...dark].map(
        ([address, sinceMs]): OwnProblem => ({ kind: 'frozen', text: frozenText(address), sinceMs }),
      );
      if (clock.wallMs() - setMs < neverAfterMs) return frozen;
      const never = known
        .filter((address) => !dark.has(address) && pulses().state(address).heardAtMs === null)
        .map((address): OwnProblem => {
          const text = `reference ${address} has never answered: expected any answer to a TCP connect; it is no witness until it does`;
          return { kind: 'reference', text, sinceMs: setMs };
        });
      return [...frozen, ...never];
    },
  };
}
