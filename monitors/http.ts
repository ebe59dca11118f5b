import { defineMonitor, field } from '../src/plugin/plugin.ts';
import { withCertificate } from './http/certificate.ts';
import { type Expected, judgeAnswer } from './http/expect.ts';
import { readJsonTest } from './http/json-test.ts';
import { askFor, httpFields, httpPort, httpServerOf, pathField, urlAt } from './shared/http-server.ts';
import { timingNoteOfTls, timingOfTls } from './shared/long-talk.ts';
import { matcher } from './shared/pattern.ts';
import { ok } from './shared/verdicts.ts';

/** A body that is inspected must fit; of any other, which may be an endless stream, only this much is read. */
const wholeBytes = 1_048_576;
const glanceBytes = 65_536;

const statusField = () =>
  field.count(100, 599).or(field.text().regex(/^[1-5]xx$/, 'expected a status such as 200, or a class such as 2xx'));
const statusesField = () => statusField().or(field.list(statusField()).min(1, 'expected at least one status'));

const jsonField = () =>
  field
    .text()
    .refine((text) => readJsonTest(text) !== null, 'expected a test such as streams[0].state == "live" or load < 0.9');

function many<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

export const http = defineMonitor({
  type: 'http',
  about: 'Asks an HTTP or HTTPS server for a page, and looks at status, body, JSON values and certificate',
  options: field.object({
    ...httpFields,
    path: pathField().default('/'),
    method: field.oneOf(['GET', 'HEAD']).default('GET').describe('The request method; an answer to HEAD has no body'),
    status: statusesField().default(200).describe('A status, a class such as 2xx, or a list of them'),
    busy_status: statusesField().or(field.list(statusField())).default([]).describe('Statuses that mean overloaded'),
    body: field
      .text()
      .refine((text) => matcher(text) !== null, 'expected a text, or a regular expression such as /^ok$/m')
      .optional()
      .describe('Must be in the body: a text, or /a regular expression/'),
    json: jsonField()
      .or(field.list(jsonField()))
      .default([])
      .describe(
        'Must be true for the body: a path, optionally followed by one of == != < <= > >= and a value; or a list',
      ),
    redirects: field.count(0, 5).default(0).describe('How many are followed, if they point to this server'),
    cert_days: field.count(0, 3650).default(14).describe('With fewer days left, the certificate expires soon'),
    cert_soon: field
      .oneOf(['note', 'overloaded'])
      .default('note')
      .describe('`note`: the verdict stays ok, with a note'),
  }),
  timing: timingOfTls,
  timingNote: timingNoteOfTls,
  network: true,
  tripwirePort: httpPort,
  prepare(options) {
    const server = httpServerOf(options);
    const expected: Expected = {
      statuses: many(options.status),
      busy: many(options.busy_status),
      body: options.body === undefined ? null : bodyOf(options.body),
      json: many(options.json)
        .map(readJsonTest)
        .filter((test) => test !== null),
    };
    const looksInside = expected.body !== null || expected.json.length > 0;
    const asking = {
      method: options.method,
      redirects: options.redirects,
      maxBytes: looksInside ? wholeBytes : glanceBytes,
      beyond: looksInside ? 'fault' : 'cut',
    } as const;
    const rule = { days: options.cert_days, soon: options.cert_soon };
    return async (target, context) => {
      const result = await askFor(target, server, urlAt(target, server, options.path), asking, context);
      if ('verdict' in result) return result.verdict;
      const { answer } = result;
      const judged = judgeAnswer(expected, answer);
      if ('verdict' in judged) return judged.verdict;
      const measures = { ...judged.measures, bytes: answer.body.length };
      const good = { ...ok('answers as expected', `HTTP ${answer.status}`), measures };
      return withCertificate(good, answer.certificateUntilMs, context.clock.wallMs(), rule);
    };
  },
});

function bodyOf(text: string): Expected['body'] {
  return { text, matches: matcher(text) ?? (() => false) };
}
