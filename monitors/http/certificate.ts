import type { Verdict } from '../../src/plugin/plugin.ts';

const dayMs = 86_400_000;

export interface CertificateRule {
  /** With fewer days left than this, the verdict mentions it. */
  readonly days: number;
  /** `note`: the verdict stays ok, since a date is no reason to remove a server from its pool. */
  readonly soon: 'note' | 'overloaded';
}

/** How the expiry of a certificate changes a good verdict. An expired one already fails in the handshake. */
export function withCertificate(good: Verdict, untilMs: number | null, nowMs: number, rule: CertificateRule): Verdict {
  if (untilMs === null) return good;
  const days = Math.floor((untilMs - nowMs) / dayMs);
  const detail = [good.detail, `tls: certificate expires in ${days} days`]
    .filter((text) => text !== undefined)
    .join('; ');
  const measures = { ...good.measures, certificate_days: days };
  if (days >= rule.days) return { ...good, detail, measures };
  const words = 'tls: certificate expires soon';
  if (rule.soon === 'overloaded') return { status: 'overloaded', summary: words, detail, measures };
  return { ...good, summary: `${good.summary}; ${words}`, detail, measures };
}
