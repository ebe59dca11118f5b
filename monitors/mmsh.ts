import { defineMonitor, field } from '../src/plugin/plugin.ts';
import { judgeMmsh } from './mmsh/judge.ts';
import { askFor, httpFields, httpPort, httpServerOf, pathField, urlAt } from './shared/http-server.ts';
import { timingNoteOfTls, timingOfTls } from './shared/long-talk.ts';

/** Requests a description like a player ([MS-WMSP], section 2.2.1); some servers only answer players. */
const playerHeaders = {
  'user-agent': ['NSPlayer/4.1.0.3856'],
  pragma: [
    'no-cache,rate=1.000000,stream-time=0,stream-offset=0:0,request-context=1,max-duration=0',
    'xClientGUID={c77e7400-738a-11d2-9add-0020af0a3278}',
  ],
};

export const mmsh = defineMonitor({
  type: 'mmsh',
  about: 'Asks a Windows Media server for a stream over HTTP, and looks for the ASF header',
  options: field.object({
    ...httpFields,
    path: pathField().describe('Of the publishing point, with its query: /live'),
  }),
  timing: timingOfTls,
  timingNote: timingNoteOfTls,
  network: true,
  tripwirePort: httpPort,
  prepare(options) {
    const server = httpServerOf(options);
    const asking = { maxBytes: 64, beyond: 'cut', redirects: 0 } as const;
    const player = { ...server, headers: { ...playerHeaders, ...server.headers } };
    return async (target, context) => {
      const result = await askFor(target, player, urlAt(target, player, options.path), asking, context);
      return 'verdict' in result ? result.verdict : judgeMmsh(result.answer);
    };
  },
});
