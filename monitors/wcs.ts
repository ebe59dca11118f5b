import { parseWcsStats } from '../src/formats/wcs.ts';
import { defineMonitor, field } from '../src/plugin/plugin.ts';
import { httpGet } from './shared/http.ts';
import { timingNoteOfTls, timingOfTls } from './shared/long-talk.ts';
import { quote } from './shared/quote.ts';
import { tlsField, tlsOf } from './shared/tls.ts';
import { fail } from './shared/verdicts.ts';
import { isCounter, judgeLoad, loadNames, toLimits } from './wcs/load.ts';

const maxBytes = 1_048_576;

const limitField = () => field.number(0, 1e15);
const limit = (what: string) => limitField().optional().describe(`${what}; reached means overloaded`);

const limitsField = () =>
  field
    .object({
      publishers: limit('Streams coming in'),
      subscribers: limit('Streams going out'),
      hls: limit('HLS streams'),
      band_in: limit('Mbit/s coming in'),
      band_out: limit('Mbit/s going out'),
      cpu: limit('Percent, as `system_java_cpu_usage` says'),
    })
    .catchall(limitField())
    .superRefine((limits, context) => {
      for (const name of Object.keys(limits)) {
        if (loadNames.some((known) => known === name) || isCounter(name)) continue;
        const message = `expected one of ${loadNames.join(', ')}, or a counter such as core.core_threads`;
        context.addIssue({ code: 'custom', path: [name], message, input: name });
      }
    })
    .default({})
    .describe('Also any counter, as `group.key`: `core.core_threads`. Without limits, any valid answer is ok');

export const wcs = defineMonitor({
  type: 'wcs',
  about: 'Reads the statistics of a Flashphoner WCS and holds them against limits',
  options: field.object({
    port: field.port().default(8081).describe('With `tls` usually 8444'),
    path: field
      .text()
      .regex(/^\/[!-~]*$/, 'expected a path such as /?action=stat, without blanks')
      .default('/?action=stat&format=json')
      .describe('`/?action=stat` is the same as text, which is also understood'),
    tls: tlsField(),
    user: field
      .text()
      .regex(/^[^:]*$/, 'expected a name without a colon')
      .optional()
      .describe('For a proxy in front of it with Basic authentication'),
    password: field.secret().optional(),
    limits: limitsField(),
  }),
  timing: timingOfTls,
  timingNote: timingNoteOfTls,
  network: true,
  loads: ({ limits }) => Object.keys(limits).filter((name) => (limits[name] ?? 0) > 0),
  prepare({ port, path, tls, user, password, limits }) {
    const basic = user === undefined ? null : Buffer.from(`${user}:${password ?? ''}`).toString('base64');
    const headers = basic === null ? {} : { authorization: `Basic ${basic}` };
    const get = { port, path, headers, maxBytes, tls: tlsOf(tls) };
    const wanted = toLimits(limits);
    return async (target, context) => {
      const result = await httpGet(target, get, context);
      if ('verdict' in result) return result.verdict;
      const stats = parseWcsStats(result.body);
      if (stats !== null) return judgeLoad(stats, wanted);
      // A truncated document differs between polls; another page does not.
      const broken = /^\uFEFF?\s*\{/.test(result.body);
      return fail(`expected WCS statistics, got ${broken ? 'broken JSON' : quote(result.body)}`, quote(result.body));
    };
  },
});
