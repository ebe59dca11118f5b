import { expect, it } from 'vitest';
import { withCertificate } from '../../../monitors/http/certificate.ts';

const nowMs = Date.parse('2026-11-21T00:00:00Z');
const good = { status: 'ok', summary: 'answers as expected', detail: 'HTTP 200' } as const;
const note = { days: 14, soon: 'note' } as const;
const inDays = (days: number) => nowMs + days * 86_400_000;

it('says nothing where there is no certificate', () => {
  expect(withCertificate(good, null, nowMs, note)).toBe(good);
});

it('measures the days that are left', () => {
  const { summary, detail, measures } = withCertificate(good, inDays(14), nowMs, note);
  expect(summary).toBe('answers as expected');
  expect(detail).toBe('HTTP 200; tls: certificate expires in 14 days');
  expect(measures).toEqual({ certificate_days: 14 });
});

it('leaves a server whose certificate expires soon to its viewers', () => {
  expect(withCertificate(good, inDays(13.9), nowMs, note)).toMatchObject({
    status: 'ok',
    summary: 'answers as expected; tls: certificate expires soon',
    measures: { certificate_days: 13 },
  });
});

it('makes it overloaded where that is wanted', () => {
  expect(withCertificate(good, inDays(1), nowMs, { days: 14, soon: 'overloaded' })).toMatchObject({
    status: 'overloaded',
    summary: 'tls: certificate expires soon',
  });
});
