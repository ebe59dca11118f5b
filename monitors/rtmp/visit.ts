/** A viewer's visit, as far as it is wanted: handshake, `connect`, `createStream`, `play`, media. */
import type { Verdict } from '../../src/plugin/plugin.ts';
import type { Farewell, Say, Settle, Stop, Talk } from '../shared/dialog.ts';
import { isQuotable } from '../shared/quote.ts';
import { fail, ok, verdict as verdictOf } from '../shared/verdicts.ts';
import { createChunkReader } from './chunks.ts';
import { connectCommand, createStreamCommand, deleteStreamCommand, playCommand, readCommand } from './command.ts';
import { judgeConnect, judgeCreateStream } from './connect.ts';
import { bufferLength, createFlow } from './flow.ts';
import { echo, gotInstead, hello, replyBytes, version } from './handshake.ts';
import type { RtmpMessage } from './message.ts';
import {
  judgeClose,
  judgeDeadline,
  judgeMedia,
  judgeSilence,
  nothingSeen,
  seeMessage,
  seeStatus,
  type Wanted,
} from './playing.ts';
import { afterStall, type Cancel } from './stall.ts';

export interface Visit {
  readonly app: Application | null;
  readonly play: Play | null;
}

export interface Application {
  readonly name: string;
  readonly tcUrl: string;
}

export interface Play {
  /** With its query, if any. */
  readonly stream: string;
  /** What of it must not be shown. */
  readonly secret: string | null;
  readonly wanted: Wanted;
  /** From `play` to the verdict. */
  readonly stallMs: number;
}

type Step = 'handshake' | 'connect' | 'createStream' | 'play';

/** What is said when all that was heard is read. */
interface Answers {
  readonly parts: Buffer[];
  /** In the trace, in place of bytes with a secret in them. */
  shown: string | undefined;
}

const maxBytesBeforePlay = 65_536;
/** Media are counted and let go: this bounds the work, not the memory. */
const maxBytesWithMedia = 67_108_864;
/** Ten minutes of a stream. */
const maxMessages = 65_536;
/** What live players ask for. */
const bufferMs = 1000;

export function visit({ app, play }: Visit): Talk {
  const chunks = createChunkReader();
  const flow = createFlow();
  let step: Step = 'handshake';
  let reply: Buffer = Buffer.alloc(0);
  let heardBytes = 0;
  let heardMessages = 0;
  let stream: number | null = null;
  let seen = nothingSeen;
  let stepFromMs = 0;
  let cancelStall: Cancel = () => {};
  let settle: Settle = () => {};
  const measures: Record<string, number> = {};

  const wrongProtocol = () => fail(`expected RTMP version ${version}, got ${gotInstead(reply)}`);
  const secret = play?.secret ?? null;
  const withoutSecret = (text: string) => (secret === null ? text : text.replaceAll(secret, '[secret]'));
  /** Servers quote what they were asked for. */
  const done = ({ status, summary, detail }: Verdict): Verdict => ({
    ...verdictOf(status, withoutSecret(summary), detail === undefined ? undefined : withoutSecret(detail)),
    measures: { ...measures },
  });

  function measure(name: string, atMs: number): void {
    measures[name] ??= Math.round(atMs - stepFromMs);
  }

  function shakeHands(chunk: Buffer, say: Say, atMs: number): Verdict | null {
    reply = reply.length === 0 ? chunk : Buffer.concat([reply, chunk]);
    if (reply[0] !== version) return isQuotable(reply.toString('latin1')) ? wrongProtocol() : null;
    if (reply.length < replyBytes) return null;
    measure('handshake_ms', atMs);
    if (app === null) return done(ok('answers the handshake'));
    step = 'connect';
    stepFromMs = atMs;
    say(Buffer.concat([echo(reply), connectCommand(app.name, app.tcUrl)]));
    return readChunks(reply.subarray(replyBytes), say, atMs);
  }

  function readChunks(bytes: Buffer, say: Say, atMs: number): Verdict | null {
    const { messages, problem } = chunks.feed(bytes);
    const answers: Answers = { parts: [], shown: undefined };
    for (const message of messages) {
      const verdict = take(message, answers, atMs);
      if (verdict !== null) return done(verdict);
    }
    const acknowledgement = flow.heard(bytes.length);
    if (acknowledgement !== null) answers.parts.push(acknowledgement);
    if (answers.parts.length > 0) say(Buffer.concat(answers.parts), answers.shown);
    if (problem !== null) return done(fail(`expected RTMP chunks, got ${problem}`));
    heardMessages += messages.length;
    if (heardMessages > maxMessages) return done(fail(`more than ${maxMessages} messages`));
    const tooMuch = step !== 'play' && heardBytes >= maxBytesBeforePlay;
    return tooMuch ? done(fail('answer longer than 64 kB', `${heardBytes} bytes received`)) : null;
  }

  function take(message: RtmpMessage, answers: Answers, atMs: number): Verdict | null {
    const answer = flow.answer(message);
    if (answer !== null) answers.parts.push(answer);
    if (step === 'play' && play !== null) return watch(message, play, atMs);
    const command = readCommand(message);
    if (command === null) return null;
    if (command === 'broken') return fail('expected an AMF0 command, got broken values');
    if (step === 'connect') {
      const verdict = judgeConnect(command);
      if (verdict !== 'accepted') return verdict;
      measure('connect_ms', atMs);
      if (play === null) return ok('accepts connect');
      step = 'createStream';
      answers.parts.push(createStreamCommand());
      return null;
    }
    const created = judgeCreateStream(command);
    if (created === null || typeof created === 'object') return created;
    if (play !== null) begin(created, play, answers, atMs);
    return null;
  }

  function begin(created: number, { stream: name, wanted, stallMs }: Play, answers: Answers, atMs: number): void {
    stream = created;
    step = 'play';
    stepFromMs = atMs;
    answers.parts.push(bufferLength(created, bufferMs), playCommand(created, name));
    if (secret !== null) answers.shown = `play ${withoutSecret(name)}`;
    cancelStall = afterStall(stallMs, () => settle(() => done(judgeSilence(seen, wanted))));
  }

  function watch(message: RtmpMessage, { wanted }: Play, atMs: number): Verdict | null {
    const command = readCommand(message);
    if (command === null) {
      seen = seeMessage(seen, message, atMs);
      if (seen.audio !== null || seen.video !== null) measure('first_media_ms', atMs);
      return judgeMedia(seen, wanted);
    }
    // A server may well say something to players that we cannot read.
    const next = command === 'broken' ? seen : seeStatus(seen, command);
    if ('status' in next) return next;
    seen = next;
    return null;
  }

  function farewell(): Farewell | null {
    return stream === null ? null : { bytes: deleteStreamCommand(stream), answered: () => false };
  }

  return {
    get waitingFor() {
      return step;
    },
    maxBytes: play === null ? maxBytesBeforePlay : maxBytesWithMedia,
    connected(say, settleLater) {
      settle = settleLater;
      say(hello);
      return null;
    },
    heard(chunk, say, atMs) {
      heardBytes += chunk.length;
      return step === 'handshake' ? shakeHands(chunk, say, atMs) : readChunks(chunk, say, atMs);
    },
    stopped(how) {
      if (reply[0] !== version) return wrongProtocol();
      const verdict = judgeStop(how);
      return verdict === null ? null : done(verdict);
    },
    farewell,
    closed: () => cancelStall(),
  };

  function judgeStop(how: Stop): Verdict | null {
    if (how === 'too long' || step === 'handshake') return null;
    if (step === 'play' && play !== null) return how === 'late' ? judgeDeadline(seen, play.wanted) : judgeClose(seen);
    if (how === 'late') return fail(`no answer to ${step}`);
    return step === 'connect' ? fail('connection refused by application') : fail(`closed after ${step}`);
  }
}
