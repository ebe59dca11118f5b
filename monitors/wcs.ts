import { defineMonitor, field } from '../src/plugin.ts';
import { httpGet } from './shared/http.ts';
import { quote } from './shared/quote.ts';
import { fail } from './shared/verdicts.ts';
import { judgeLoad } from './wcs/load.ts';
import { parseWcsStats } from './wcs/stats.ts';

const get = { path: '/?action=stat&format=json', maxBytes: 1_048_576 };

const limit = (what: string) => field.number(0, 1e9).optional().describe(`${what}; reached means overloaded`);

export const wcs = defineMonitor({
  type: 'wcs',
  about: 'Reads the statistics of a Flashphoner WCS and holds them against limits',
  options: field.object({
    port: field.port().default(8081),
    limits: field
      .object({
        publishers: limit('Streams coming in'),
        subscribers: limit('Streams going out'),
        hls: limit('HLS streams'),
        band_in: limit('Mbit/s coming in'),
        band_out: limit('Mbit/s going out'),
      })
      .default({})
      .describe('Without limits, an answer is enough'),
  }),
  network: true,
  prepare:
    ({ port, limits }) =>
    async (target, context) => {
      const result = await httpGet(target, { ...get, port }, context);
      if ('verdict' in result) return result.verdict;
      const stats = parseWcsStats(result.body);
      if (stats !== null) return judgeLoad(stats, limits);
      // Half a document differs from poll to poll, a page of another kind does not.
      const broken = /^\uFEFF?\s*\{/.test(result.body);
      return fail(`expected WCS statistics, got ${broken ? 'broken JSON' : quote(result.body)}`, quote(result.body));
    },
});
