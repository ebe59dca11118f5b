import type { Verdict } from '../../src/plugin/plugin.ts';

export function verdict(status: Verdict['status'], summary: string, detail?: string): Verdict {
  return detail === undefined ? { status, summary } : { status, summary, detail };
}

export function ok(summary: string, detail?: string): Verdict {
  return verdict('ok', summary, detail);
}

export function fail(summary: string, detail?: string): Verdict {
  return verdict('fail', summary, detail);
}

/** A failure because nothing was received. */
export function silence(summary: string, detail: string): Verdict {
  return { status: 'fail', summary, detail, silent: true };
}

export function unknown(summary: string, detail?: string): Verdict {
  return verdict('unknown', summary, detail);
}
