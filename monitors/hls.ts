import { defineMonitor, field, type Verdict } from '../src/plugin/plugin.ts';
import type { ListMemory } from './hls/freshness.ts';
import { judgeStream, worstOf } from './hls/judge.ts';
import { httpFields, httpPort, httpServerOf, pathField, urlAt } from './shared/http-server.ts';
import { longTalk } from './shared/long-talk.ts';

export const hls = defineMonitor({
  type: 'hls',
  about: 'Reads an HLS list, sees whether it moves, and looks into its newest segment',
  options: field.object({
    ...httpFields,
    path: pathField().describe('Of the list, with its query: /live/one.m3u8'),
    variants: field
      .oneOf(['one', 'all'])
      .default('one')
      .describe('In a list of variants, check the first, or all with their audio tracks; the worst counts'),
    segment: field
      .oneOf(['newest', 'none'])
      .default('newest')
      .describe('`newest`: request it; its first bytes must be media'),
    stale: field.number(1.5, 100).default(3).describe('Target durations without a change that make a list stale'),
    complete: field
      .oneOf(['ok', 'fail'])
      .default('ok')
      .describe('The verdict on a list that has ended: `ok` for a recording, `fail` for a live channel'),
    hosts: field
      .list(field.text())
      .default([])
      .describe('Host names in URLs that mean this server; they are requested from its own address and port'),
  }),
  interval: '2s',
  timing: () => longTalk,
  timingNote: 'for at most 2s',
  network: true,
  tripwirePort: httpPort,
  prepare(options) {
    const server = httpServerOf(options);
    const memories = new Map<string, Map<string, ListMemory>>();
    return async (target, context): Promise<Verdict> => {
      const memory = memories.get(target.server) ?? new Map<string, ListMemory>();
      memories.set(target.server, memory);
      const names = options.hosts.map((name) => name.toLowerCase());
      const site = { target, server, context, names };
      const start = urlAt(target, server, options.path);
      return worstOf(await judgeStream(site, start, { ...options, memory }));
    };
  },
});
