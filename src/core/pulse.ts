/**
 * The pulse of a host: a bare TCP connect now and then, to which any answer is life (a refusal as well as an
 * acceptance: the kernel gives both, no program on the host has to be awake). A host that answered before and stays
 * silent to several asks is dark. All times are monotonic ms.
 */

export interface PulseState {
  /** Smoothed round trip and its variation, as in RFC 6298 section 2; null before the first answer. */
  readonly srttMs: number | null;
  readonly rttvarMs: number;
  readonly heardAtMs: number | null;
  readonly askedAtMs: number | null;
  /** Asks since the last answer, and when the first of them was sent. */
  readonly unanswered: number;
  readonly silentSinceMs: number | null;
  /** The end of its last longer silence; null: there was none. */
  readonly steadySinceMs: number | null;
}

export const newPulse: PulseState = {
  srttMs: null,
  rttvarMs: 0,
  heardAtMs: null,
  askedAtMs: null,
  unanswered: 0,
  silentSinceMs: null,
  steadySinceMs: null,
};

/** So many asks in a row without an answer, over at least so long, make a host dark. */
const darkAsks = 4;
const darkAfterMs = 250;
const quickestMs = 50;
const slowestMs = 1000;
/** From here on an answer may belong to a SYN that the kernel sent again: no sample (RFC 6298 section 3). */
const ambiguousMs = 900;

export function asked(state: PulseState, nowMs: number): PulseState {
  return {
    ...state,
    askedAtMs: nowMs,
    unanswered: state.unanswered + 1,
    silentSinceMs: state.silentSinceMs ?? nowMs,
  };
}

export function heard(state: PulseState, sentAtMs: number, nowMs: number): PulseState {
  const sampleMs = nowMs - sentAtMs;
  const { srttMs, rttvarMs } = sampleMs < ambiguousMs ? smooth(state, sampleMs) : state;
  const wasSilent = state.heardAtMs !== null && state.unanswered >= darkAsks;
  const steadySinceMs = wasSilent ? nowMs : state.steadySinceMs;
  const { askedAtMs } = state;
  return { srttMs, rttvarMs, heardAtMs: nowMs, askedAtMs, unanswered: 0, silentSinceMs: null, steadySinceMs };
}

function smooth(state: PulseState, sampleMs: number): Pick<PulseState, 'srttMs' | 'rttvarMs'> {
  if (state.srttMs === null) return { srttMs: sampleMs, rttvarMs: sampleMs / 2 };
  return {
    srttMs: 0.875 * state.srttMs + 0.125 * sampleMs,
    rttvarMs: 0.75 * state.rttvarMs + 0.25 * Math.abs(state.srttMs - sampleMs),
  };
}

/** How long an answer may take before the host is asked again. */
export function patienceMs(state: PulseState): number {
  const usual = state.srttMs === null ? slowestMs : state.srttMs + 4 * state.rttvarMs;
  return Math.min(slowestMs, Math.max(quickestMs, usual));
}

export function isDark(state: PulseState, nowMs: number): boolean {
  if (state.heardAtMs === null || state.silentSinceMs === null || state.unanswered < darkAsks) return false;
  return nowMs - state.silentSinceMs >= Math.max(darkAfterMs, darkAsks * patienceMs(state));
}

/** When to ask next: at the usual pace while answers come, sooner while the last ask is late, at the pace again once dark. */
export function nextAskMs(state: PulseState, everyMs: number, nowMs: number): number {
  if (state.askedAtMs === null) return nowMs;
  const hurry = state.unanswered > 0 && state.heardAtMs !== null && !isDark(state, nowMs);
  return state.askedAtMs + (hurry ? Math.min(everyMs, patienceMs(state)) : everyMs);
}

/** The last ask is longer without an answer than answers usually take: such a host is no witness for others. */
export function isLate(state: PulseState, nowMs: number): boolean {
  return state.silentSinceMs !== null && nowMs - state.silentSinceMs > patienceMs(state);
}
