import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Report, readReport, reportText } from '../../src/formats/agent-report.ts';

const report: Report = {
  answer: 'up 85%',
  load: 0.5701234,
  ageMs: 1200.7,
  figures: { cpu: 51, band_out: 63.1 },
  limits: { cpu: 90 },
  missing: { publishers: 'wcs unreachable' },
};

test('is one line that reads back as it was', () => {
  const line = reportText(report);
  expect(line).toBe(
    '{"understudy_agent":1,"answer":"up 85%","load":0.57,"age_ms":1201,"figures":{"cpu":51,"band_out":63.1},"limits":{"cpu":90},"missing":{"publishers":"wcs unreachable"}}',
  );
  expect(readReport(`up 85%\n${line}\n`)).toEqual({ ...report, load: 0.57, ageMs: 1201 });
});

test('reads a newer agent, and leaves out what it does not know', () => {
  const line = '{"understudy_agent":1,"figures":{"cpu":5,"gpu":7,"x":"7","y":null},"more":[1]}\n';
  expect(readReport(line)).toEqual({
    answer: null,
    load: null,
    ageMs: null,
    figures: { cpu: 5, gpu: 7 },
    limits: {},
    missing: {},
  });
});

test.each([
  ['nothing', ''],
  ['the answer alone', 'up 100%\n'],
  ['a line that was cut', reportText(report).slice(0, -5)],
  ['a whole line without its end', reportText(report)],
  ['broken JSON', '{"understudy_agent":1,\n'],
  ['another version', '{"understudy_agent":2,"figures":{"cpu":5}}\n'],
  ['another program', '{"figures":{"cpu":5}}\n'],
  ['a page', 'HTTP/1.1 400 Bad Request\r\n\r\n{}\n'],
])('%s is no report', (_, text) => {
  expect(readReport(text)).toBeNull();
});

test('no text makes the reader fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => void readReport(`${text}\n{"understudy_agent":1,${text}}\n`)),
  );
});
