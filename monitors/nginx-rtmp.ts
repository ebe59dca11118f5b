import { type CheckContext, defineMonitor, field, type Target, type Verdict } from '../src/plugin/plugin.ts';
import { judgeLooks, type Wishes } from './nginx-rtmp/judge.ts';
import { judgeStreams, mayBeElsewhere } from './nginx-rtmp/judge-streams.ts';
import { type Memory, nothingYet, remember } from './nginx-rtmp/memory.ts';
import { parseStat } from './nginx-rtmp/parse-stat.ts';
import type { RtmpStat } from './nginx-rtmp/stat.ts';
import { limitsOf } from './nginx-rtmp/totals.ts';
import { httpGet } from './shared/http.ts';
import { timingNoteOfTls, timingOfTls } from './shared/long-talk.ts';
import { quote } from './shared/quote.ts';
import { type Tls, tlsField, tlsOf } from './shared/tls.ts';
import { fail } from './shared/verdicts.ts';

const maxBytes = 4_194_304;
/** Simultaneous, since an idle nginx gives consecutive connections to the same worker. */
const burst = 6;
/** After this many polls of the same worker in a row it counts as the only one; this is enough for a check. */
const enoughLooks = 24;

interface Page {
  readonly port: number;
  readonly path: string;
  readonly tls: Tls | null;
}

type Look = { readonly stat: RtmpStat } | { readonly verdict: Verdict };

async function look(target: Target, page: Page, context: CheckContext): Promise<Look> {
  const result = await httpGet(target, { ...page, maxBytes }, context);
  if ('verdict' in result) return result;
  const stat = parseStat(result.body);
  if (typeof stat !== 'string') return { stat };
  const got = stat === 'broken XML' ? stat : quote(result.body);
  return { verdict: fail(`expected nginx-rtmp statistics, got ${got}`, quote(result.body)) };
}

/** Several polls at once; failures are ignored, since the first poll has proved that the server answers. */
async function lookAgain(target: Target, page: Page, context: CheckContext): Promise<readonly RtmpStat[]> {
  const looks = await Promise.all(Array.from({ length: burst }, () => look(target, page, context)));
  return looks.flatMap((one) => ('stat' in one ? [one.stat] : []));
}

export const nginxRtmp = defineMonitor({
  type: 'nginx_rtmp',
  about: 'Reads /stat of nginx with its rtmp module: named streams that move, clients, bandwidth',
  options: field.object({
    port: field.port().default(8080).describe('Of the HTTP server that has `rtmp_stat all`'),
    path: field
      .text()
      .regex(/^\/[!-~]*$/, 'expected a path such as /stat, without blanks')
      .default('/stat'),
    tls: tlsField(),
    streams: field
      .list(
        field
          .text()
          .regex(/^[!-.0-~]+\/[!-~]+$/, 'expected an application and a stream such as live/one, or live/*')
          .max(512),
      )
      .max(1000)
      .default([])
      .describe('Live streams that must be published and moving; `live/*`: at least one of the application'),
    stall: field
      .duration(500, 600_000)
      .prefault('5s')
      .describe('A stream that received nothing for this long has stalled'),
    settle: field
      .duration(0, 600_000)
      .prefault('10s')
      .describe('A missing stream is unknown for this long after nginx started'),
    each: field
      .object({
        min_clients: field.count(0, 1e9).optional().describe('The publisher counts as one; fewer is a failure'),
        max_clients: field.count(1, 1e9).optional().describe('Reached means overloaded'),
        min_band_in: field.number(0, 1e6).optional().describe('Mbit/s; less is a failure'),
        max_band_out: field.number(0, 1e6).optional().describe('Mbit/s; reached means overloaded'),
      })
      .default({})
      .describe('Limits for each stream'),
    limits: field
      .object({
        publishers: field.count(1, 1e9).optional().describe('Streams coming in; reached means overloaded'),
        subscribers: field.count(1, 1e9).optional().describe('Clients playing; reached means overloaded'),
        band_in: field.number(0, 1e9).optional().describe('Mbit/s coming in; reached means overloaded'),
        band_out: field.number(0, 1e9).optional().describe('Mbit/s going out; reached means overloaded'),
      })
      .default({})
      .describe('Limits for the whole server'),
  }),
  timing: timingOfTls,
  timingNote: timingNoteOfTls,
  network: true,
  loads: ({ limits }) => Object.keys(limitsOf(limits)),
  prepare({ port, path, tls, streams, stall, settle, each, limits }) {
    const page = { port, path, tls: tlsOf(tls) };
    const wishes: Wishes = {
      streams,
      stallMs: stall,
      settleS: settle / 1000,
      minClients: each.min_clients,
      maxClients: each.max_clients,
      minBandIn: each.min_band_in,
      maxBandOut: each.max_band_out,
      limits,
    };
    const memories = new Map<string, Memory>();
    return async (target, context) => {
      const first = await look(target, page, context);
      if ('verdict' in first) return first.verdict;
      let memory = memories.get(target.server) ?? nothingYet;
      const looks: RtmpStat[] = [];
      const see = (stat: RtmpStat): void => {
        looks.push(stat);
        memory = remember(memory, stat);
        memories.set(target.server, memory);
      };
      see(first.stat);
      while (judgeStreams(memory, looks, wishes).some(mayBeElsewhere)) {
        const further = await lookAgain(target, page, context);
        // A second attempt of the same check may have polled meanwhile.
        memory = memories.get(target.server) ?? memory;
        for (const stat of further) see(stat);
        const isAlone = !memory.several && memory.sameInARow >= enoughLooks;
        if (further.length === 0 || isAlone || looks.length >= enoughLooks) break;
      }
      return judgeLooks(memory, looks, wishes);
    };
  },
});
