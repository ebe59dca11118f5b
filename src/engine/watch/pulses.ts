/** Takes the pulse of every host and reference, and reports when one goes dark. The decisions are in core/pulse.ts. */
import { asked, heard, isDark, newPulse, nextAskMs, type PulseState } from '../../core/pulse.ts';
import type { Cancel, Clock, Dial } from '../../ports.ts';

export interface PulseHost {
  readonly address: string;
  /** Tried in turn until one is answered; from then on only that one is asked. */
  readonly ports: readonly number[];
}

export interface Pulses {
  set(hosts: readonly PulseHost[], everyMs: number): void;
  state(address: string): PulseState;
  isDark(address: string): boolean;
  /** A check heard the host although its pulse is silent, perhaps because of a firewall: starts anew with the next port. */
  distrust(address: string): void;
  stop(): void;
}

export interface PulsesOptions {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly onDark: (address: string) => void;
  readonly onHeardAgain: (address: string) => void;
}

interface Host {
  ports: readonly number[];
  portIndex: number;
  state: PulseState;
  dark: boolean;
  cancel: Cancel;
  /** Ends the connects that are under way. */
  readonly open: Set<() => void>;
}

/** A connect without an answer is given up after this long; the kernel would repeat its SYN after 1 s and 3 s. */
const giveUpMs = 1500;
/** The next port is tried after this many connects without an answer. */
const asksPerPort = 5;
/** The interval grows by this for each host, so that there are at most 1,000 connects a second. */
const spacingMs = 1;

export function createPulses({ clock, dial, onDark, onHeardAgain }: PulsesOptions): Pulses {
  const hosts = new Map<string, Host>();
  let everyMs = 200;

  /** Asks when it is time. The timer was set before the answer, and fires too early when one came. */
  function beat(address: string, host: Host): void {
    const pace = Math.max(everyMs, hosts.size * spacingMs);
    let nowMs = clock.monoMs();
    if (nextAskMs(host.state, pace, nowMs) <= nowMs) {
      ask(address, host);
      nowMs = clock.monoMs();
    }
    // Time alone makes a host dark as well; then it is asked at the slow pace.
    if (!host.dark && isDark(host.state, nowMs)) {
      host.dark = true;
      onDark(address);
    }
    const waitMs = Math.max(1, nextAskMs(host.state, pace, nowMs) - nowMs);
    host.cancel = clock.after(waitMs, () => beat(address, host));
  }

  function ask(address: string, host: Host): void {
    const sentMs = clock.monoMs();
    if (host.state.heardAtMs === null && host.state.unanswered >= asksPerPort) {
      host.portIndex = (host.portIndex + 1) % host.ports.length;
      host.state = newPulse;
    }
    host.state = asked(host.state, sentMs);
    const port = host.ports[host.portIndex] as number;
    const done = (): void => {
      cancelGiveUp();
      host.open.delete(done);
      hangUp();
    };
    const answered = (): void => {
      done();
      host.state = heard(host.state, sentMs, clock.monoMs());
      if (!host.dark) return;
      host.dark = false;
      onHeardAgain(address);
    };
    const hangUp = dial(address, port, { onOpen: answered, onRefused: answered, onFailed: () => done() });
    const cancelGiveUp = clock.after(giveUpMs, done);
    host.open.add(done);
  }

  function forget(host: Host): void {
    host.cancel();
    for (const done of host.open) done();
  }

  return {
    set(wanted, newEveryMs) {
      everyMs = newEveryMs;
      const addresses = new Set(wanted.map(({ address }) => address));
      for (const [address, host] of hosts) {
        if (addresses.has(address)) continue;
        forget(host);
        hosts.delete(address);
      }
      for (const [i, { address, ports }] of wanted.entries()) {
        const known = hosts.get(address);
        if (known !== undefined) {
          known.ports = ports;
          known.portIndex %= ports.length;
          continue;
        }
        const host: Host = { ports, portIndex: 0, state: newPulse, dark: false, cancel: () => {}, open: new Set() };
        hosts.set(address, host);
        host.cancel = clock.after((everyMs * i) / wanted.length, () => beat(address, host));
      }
    },
    state: (address) => hosts.get(address)?.state ?? newPulse,
    isDark: (address) => hosts.get(address)?.dark ?? false,
    distrust(address) {
      const host = hosts.get(address);
      if (host === undefined) return;
      host.state = newPulse;
      host.portIndex = (host.portIndex + 1) % host.ports.length;
      if (!host.dark) return;
      host.dark = false;
      onHeardAgain(address);
    },
    stop() {
      for (const host of hosts.values()) forget(host);
      hosts.clear();
    },
  };
}
