import { type Check, defineMonitor, field } from '../src/plugin/plugin.ts';
import { visit } from './rtmp/visit.ts';
import { converse, type Talk } from './shared/dialog.ts';
import { longTalk, timingOfTls } from './shared/long-talk.ts';
import { bracketed, hostPort } from './shared/peer.ts';
import { type Tls, tlsField, tlsOf } from './shared/tls.ts';
import { ok } from './shared/verdicts.ts';

const levels = ['tcp', 'handshake', 'connect', 'stream'] as const;

/** The usual time until play is answered; a standstill is reported this long before the deadline. */
const beforePlayMs = 3000;

/** A part of a URL with printable characters. */
const urlPart = (expected: string) =>
  field
    .text()
    .regex(/^[!-~]+$/, `expected ${expected}, without blanks`)
    .max(1024);

const connectedIsEnough: Talk = {
  waitingFor: 'TCP connect',
  connected: () => ok('connected'),
  heard: () => null,
};

/** Default ports of URL schemes. */
const usualPort = { rtmp: 1935, rtmps: 443 } as const;

function urlOf(scheme: keyof typeof usualPort, address: string, port: number, app: string): string {
  return `${scheme}://${port === usualPort[scheme] ? bracketed(address) : hostPort(address, port)}/${app}`;
}

function schemeOf(tls: Tls | null): keyof typeof usualPort {
  return tls === null ? 'rtmp' : 'rtmps';
}

/** The levels that the given options allow. */
function furthest(app: string | undefined, stream: string | undefined): (typeof levels)[number] {
  if (stream !== undefined) return 'stream';
  return app === undefined ? 'handshake' : 'connect';
}

export const rtmp = defineMonitor({
  type: 'rtmp',
  about: 'Shakes hands with an RTMP server, connects to an application, and plays a stream until it moves',
  options: field
    .object({
      port: field.port().optional().describe('Default: 1935, with tls 443'),
      level: field
        .oneOf(levels)
        .optional()
        .describe('How far to go; default: handshake, or connect if app is set, or stream if stream is set'),
      app: urlPart('the name of an application such as live')
        .optional()
        .describe('Application to connect to, with its instance if it has one: live, live/one'),
      stream: urlPart('the name of a stream such as camera1')
        .optional()
        .describe('Stream to play, with its query if it has one: camera1?user=probe'),
      query: field
        .secret()
        .regex(/^[!-~]+$/, 'expected what follows ? in the URL of the stream, without blanks')
        .optional()
        .describe('The part after ? in the URL of the stream, if it is secret: token=...'),
      media: field.oneOf(['any', 'audio', 'video', 'both']).default('any').describe('Which media must advance'),
      stall: field
        .duration(1000)
        .prefault('5s')
        .describe('A stream that does not advance for this long after play has failed; timeout must be longer'),
      tc_url: urlPart('a URL such as rtmp://video.example.org/live')
        .optional()
        .describe('The URL in connect (tcUrl); default: the address and the application'),
      tls: tlsField(),
    })
    .refine(
      ({ level, app, stream }) => app !== undefined || !['connect', 'stream'].includes(level ?? furthest(app, stream)),
      {
        path: ['app'],
        message: 'expected an application, such as live, for this level',
      },
    )
    .refine(({ level, stream }) => level !== 'stream' || stream !== undefined, {
      path: ['stream'],
      message: 'expected a stream, such as camera1, for this level',
    }),
  timing({ level: asked, app, stream, stall, tls }) {
    const level = asked ?? furthest(app, stream);
    if (level === 'connect') return longTalk;
    if (level !== 'stream') return timingOfTls({ tls });
    const timeoutMs = stall + beforePlayMs;
    return { interval: `${Math.max(10_000, timeoutMs)}ms`, timeout: `${timeoutMs}ms` };
  },
  timingNote:
    'from connect on, or with `tls`, every 2s, for at most 2s; where a stream is played every 10s, for at most `stall` and 3s',
  network: true,
  tripwirePort: ({ port, tls }) => port ?? usualPort[schemeOf(tlsOf(tls))],
  prepare({ app, stream, query, media, stall, tc_url, ...options }): Check {
    const level = options.level ?? furthest(app, stream);
    const tls = tlsOf(options.tls);
    const scheme = schemeOf(tls);
    const port = options.port ?? usualPort[scheme];
    if (level === 'tcp') return (target, context) => converse(target, port, connectedIsEnough, context, tls);
    const name = [stream, query].filter((part) => part !== undefined).join(stream?.includes('?') ? '&' : '?');
    const play = level === 'stream' ? { stream: name, secret: query ?? null, wanted: media, stallMs: stall } : null;
    return (target, context) => {
      const connects = level !== 'handshake' && app !== undefined;
      const application = connects ? { name: app, tcUrl: tc_url ?? urlOf(scheme, target.address, port, app) } : null;
      return converse(target, port, visit({ app: application, play }), context, tls);
    };
  },
});
