import { randomBytes } from 'node:crypto';
import { type CheckContext, defineMonitor, field, type Target, type Verdict } from '../src/plugin/plugin.ts';
import type { Credentials } from './rtsp/authorization.ts';
import { type Question, rtspTalk } from './rtsp/talk.ts';
import { type Place, redirectPlace, rtspUrl, usualPort } from './rtsp/urls.ts';
import { converse, type Talk } from './shared/dialog.ts';
import { timingNoteOfTls, timingOfTls } from './shared/long-talk.ts';
import { plain } from './shared/quote.ts';
import { type Tls, tlsField, tlsOf } from './shared/tls.ts';
import { fail, ok } from './shared/verdicts.ts';

const connectedIsEnough: Talk = {
  waitingFor: 'connect',
  connected: () => ok('connected'),
  heard: () => null,
};

interface Asked extends Pick<Question, 'level' | 'transport' | 'credentials'> {
  readonly tls: Tls | null;
}

const createNonce = (): string => randomBytes(8).toString('hex');

/** One redirect is followed, as long as it leads to the same server: what another one says is no verdict on this one. */
async function askAt(
  place: Place,
  asked: Asked,
  target: Target,
  context: CheckContext,
  again = true,
): Promise<Verdict> {
  const { address, port } = place;
  const talk = rtspTalk({ ...asked, url: rtspUrl(place), address, createNonce, trace: context.trace });
  const verdict = await converse(target, port, talk, context, asked.tls);
  if (talk.movedTo === null) return verdict;
  const to = `to ${plain(withoutUser(talk.movedTo))}`;
  if (!again) return fail('redirected twice', to);
  const next = redirectPlace(talk.movedTo, place, asked.tls?.name ?? null);
  if (next === null) return fail('redirected to another server', to);
  context.trace.note(`redirected ${to}`);
  return askAt(next, asked, target, context, false);
}

function withoutUser(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//');
}

function credentialsOf(user: string | undefined, password: string | undefined): Credentials | null {
  return user === undefined && password === undefined ? null : { user: user ?? '', password: password ?? '' };
}

function schemeOf(tls: Tls | null): Place['scheme'] {
  return tls === null ? 'rtsp' : 'rtsps';
}

export const rtsp = defineMonitor({
  type: 'rtsp',
  about: 'Asks an RTSP server for its OPTIONS, for a stream, or plays the stream and looks whether it moves',
  options: field.object({
    level: field
      .oneOf(['tcp', 'options', 'describe', 'play'])
      .default('options')
      .describe('How far to go: connect, OPTIONS, DESCRIBE the stream, or PLAY it until its picture moves'),
    port: field.port().optional().describe('Default: 554, with tls 322'),
    path: field
      .text()
      .regex(/^\/[!-~]*$/, 'expected a path such as /live/one, without blanks')
      .default('/')
      .describe('Path of the URL, with its query'),
    user: field
      .text()
      .regex(/^[^\p{Cc}]+$/u, 'expected a name without control characters')
      .optional()
      .describe('For servers with Basic or Digest authentication'),
    password: field.secret().optional().describe('Its password'),
    transport: field
      .oneOf(['auto', 'tcp', 'udp'])
      .default('auto')
      .describe(
        'Transport of media at the level play: inside the connection, UDP, or UDP if the server refuses the first',
      ),
    tls: tlsField(),
  }),
  // A frozen source is seen at the end of the timeout only; and each check of this level is a viewer.
  timing: ({ level, tls }) => (level === 'play' ? { interval: '10s', timeout: '3s' } : timingOfTls({ tls })),
  timingNote: `with \`level: play\` every 10s, for at most 3s; ${timingNoteOfTls}`,
  network: true,
  tripwirePort: ({ port, tls }) => port ?? usualPort(schemeOf(tlsOf(tls))),
  prepare({ level, port, path, user, password, transport, tls: tlsOption }) {
    const tls = tlsOf(tlsOption);
    const scheme = schemeOf(tls);
    const at = { scheme, port: port ?? usualPort(scheme), path };
    if (level === 'tcp') return (target, context) => converse(target, at.port, connectedIsEnough, context, tls);
    const asked = { level, transport, credentials: credentialsOf(user, password), tls };
    return (target, context) => askAt({ ...at, address: target.address }, asked, target, context);
  },
});
