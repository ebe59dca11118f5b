/** One result of inspecting a machine. */

/** `unknown`: it could not be read. */
export type FindingState = 'ok' | 'warn' | 'bad' | 'unknown';

export interface Finding {
  readonly name: string;
  readonly state: FindingState;
  readonly found: string;
  readonly wanted: string;
  /** One line. */
  readonly why: string;
  /** The command that fixes it, as a person would type it; null: nothing to fix, or no single command does. */
  readonly mend: string | null;
  /** A sysctl that is safe to set without asking; null: none, or it needs a person's decision. */
  readonly sysctl: Setting | null;
}

export interface Setting {
  /** As sysctl(8) writes it: `net.ipv4.conf.eth0/100.rp_filter` for the device `eth0.100`. */
  readonly name: string;
  readonly value: string;
}

export function anyBad(findings: readonly Finding[]): boolean {
  return findings.some(({ state }) => state === 'bad');
}

const order: readonly FindingState[] = ['bad', 'warn', 'unknown', 'ok'];

/** Sorted worst first, otherwise stable. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
}
