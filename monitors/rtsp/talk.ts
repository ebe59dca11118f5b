import type { Trace, Verdict } from '../../src/plugin/plugin.ts';
import type { Farewell, Say, Settle, Stop, Talk } from '../shared/dialog.ts';
import { isQuotable, plain, quote } from '../shared/quote.ts';
import { fail, ok } from '../shared/verdicts.ts';
import { looksLikeRtsp, type RtspHead } from './answer.ts';
import type { Credentials } from './authorization.ts';
import { broken, type Method, notLetIn, notRtsp, refused, statusLine } from './judge.ts';
import { createMessageReader, type Fault, type Message } from './messages.ts';
import { maxMediaBytes, type Play, type Player, startPlayer } from './player.ts';
import { createRequests, type Written } from './requests.ts';
import { readSdp, trackToPlay } from './sdp.ts';
import { baseUrl, playUrls } from './urls.ts';

export interface Question {
  readonly level: 'options' | 'describe' | 'play';
  readonly url: string;
  readonly address: string;
  readonly transport: Play['transport'];
  readonly credentials: Credentials | null;
  /** Fresh text for each call: our own nonce in a Digest. */
  readonly createNonce: () => string;
  readonly trace: Trace;
}

export interface RtspTalk extends Talk {
  /** The URL of a redirect that ended the conversation. */
  readonly movedTo: string | null;
}

/** The longest sensible conversation has about ten answers; without CSeq they could go on forever. */
const maxAnswers = 32;

export function rtspTalk({ level, url, address, transport, credentials, createNonce, trace }: Question): RtspTalk {
  const reader = createMessageReader();
  const requests = createRequests(credentials, createNonce);
  const first = level === 'options' ? 'OPTIONS' : 'DESCRIBE';
  let player: Player | null = null;
  let describedAgain = false;
  let answers = 0;
  let movedTo: string | null = null;
  let tell: Say = () => {};
  let settle: Settle = () => {};

  function say({ bytes, shown }: Written): null {
    tell(bytes, shown);
    return null;
  }

  function ask(method: Method, uri: string, headers: readonly string[] = []): null {
    return say(requests.write(method, uri, headers));
  }

  function hear(message: Message | Fault, atMs: number): Verdict | null {
    if ('fault' in message) return broken(message);
    switch (message.kind) {
      case 'answer':
        return hearAnswer(message.head, message.body);
      case 'frame':
        return player?.frame(message.channel, message.bytes, atMs) ?? null;
      case 'request':
        return null;
      default:
        return message satisfies never;
    }
  }

  function hearAnswer(head: RtspHead, body: string): Verdict | null {
    const { method, cseq } = requests.last;
    const got = head.headers.get('cseq');
    // Real servers omit CSeq; a different CSeq belongs to another request.
    if (got !== undefined && got !== String(cseq)) return fail(`expected CSeq ${cseq}, got ${quote(got)}`);
    answers += 1;
    if (answers > maxAnswers) return fail('expected one answer to each request, got more');
    // "Continue".
    if (head.status < 200) return null;
    if (head.status < 300) {
      requests.accepted();
      return taken(method, head, body);
    }
    const location = head.headers.get('location');
    if (head.status < 400 && location !== undefined) {
      movedTo = location;
      return fail('redirected', `${statusLine(head)} to ${plain(location)}`);
    }
    if (head.status === 401) return letIn(head);
    if (player?.declined(method, head.status) || (player !== null && outdated(method, head))) return null;
    return refused(method, head);
  }

  /** Seen with VLC: tracks get new names each time a file starts again, even between two of our requests. */
  function outdated(method: Method, { status }: RtspHead): boolean {
    const lost = (method === 'SETUP' && status === 404) || (method === 'PLAY' && status === 454);
    if (!lost || describedAgain) return false;
    describedAgain = true;
    player?.close();
    player = null;
    requests.enter(null);
    describe();
    return true;
  }

  function describe(): null {
    return ask('DESCRIBE', url, ['Accept: application/sdp']);
  }

  function letIn(head: RtspHead): Verdict | null {
    // A server that asks for a password is alive.
    if (level === 'options' && credentials === null)
      return ok('answers OPTIONS', `${statusLine(head)}: alive, wants a password`);
    const again = requests.afterRefusal(head.challenges);
    return typeof again === 'string' ? notLetIn(again, head) : say(again);
  }

  function taken(method: Method, head: RtspHead, body: string): Verdict | null {
    if (method === 'OPTIONS') return ok('answers OPTIONS', statusLine(head));
    return method === 'DESCRIBE' ? described(head, body) : (player?.taken(method, head) ?? null);
  }

  function described(head: RtspHead, body: string): Verdict | null {
    const session = readSdp(body);
    const track = session === null ? null : trackToPlay(session);
    if (session === null) return fail(`expected a session description, got ${quote(body)}`, statusLine(head));
    if (track === null) return fail('expected a track in the session description, got none', statusLine(head));
    const tracks = session.tracks.map(({ media, payloadTypes }) => plain(`${media} ${payloadTypes.join(' ')}`));
    if (level === 'describe') return ok('describes the stream', tracks.join(', '));
    const urls = playUrls(baseUrl(head.headers, url), session, track);
    if (urls === null) return fail('expected a control URL in the session description, got another text');
    trace.note(`tracks: ${tracks.join(', ')}; plays ${track.media}`);
    player = startPlayer({ track, urls, address, transport, send: ask, enter: requests.enter, settle });
    return null;
  }

  /** Before its first answer, the server may turn out to speak another protocol. */
  function stranger(): Verdict | null {
    const text = reader.rest().toString('latin1', 0, 1024);
    return answers > 0 || looksLikeRtsp(text) ? null : notRtsp(text);
  }

  function farewell(): Farewell | null {
    const uri = player?.sessionUrl() ?? null;
    if (uri === null) return null;
    const written = requests.write('TEARDOWN', uri);
    const own = String(requests.last.cseq);
    return {
      ...written,
      answered: (chunk) =>
        reader
          .feed(chunk)
          .some((one) => 'fault' in one || (one.kind === 'answer' && (one.head.headers.get('cseq') ?? own) === own)),
    };
  }

  return {
    get waitingFor() {
      return requests.last.cseq === 0 ? first : requests.last.method;
    },
    get movedTo() {
      return movedTo;
    },
    ...(level === 'play' ? { maxBytes: maxMediaBytes } : {}),
    connected(toServer, settleLater) {
      tell = toServer;
      settle = settleLater;
      return first === 'OPTIONS' ? ask(first, url) : describe();
    },
    heard(chunk, _say, atMs) {
      for (const message of reader.feed(chunk)) {
        const verdict = hear(message, atMs);
        if (verdict !== null) return verdict;
      }
      return isQuotable(reader.rest().toString('latin1', 0, 80)) ? stranger() : null;
    },
    stopped(how: Stop) {
      const known = stranger() ?? player?.stopped(how) ?? null;
      if (known !== null || answers === 0 || reader.rest().length > 0) return known;
      const { method } = requests.last;
      return how === 'closed' ? fail(`closed without an answer to ${method}`) : fail(`no answer to ${method}`);
    },
    farewell,
    closed: () => player?.close(),
  };
}
