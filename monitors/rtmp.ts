import { defineMonitor, field, type Target, type Verdict } from '../src/plugin.ts';
import { createChunkReader } from './rtmp/chunks.ts';
import { connectCommand, judgeConnect } from './rtmp/connect.ts';
import { converse, type Say, type Talk } from './shared/dialog.ts';
import { isQuotable, quote } from './shared/quote.ts';
import { fail, ok } from './shared/verdicts.ts';

const version = 3;
const packetBytes = 1536;
const replyBytes = 1 + 2 * packetBytes;

/**
 * C0 and C1 of the simple handshake (RTMP 5.2): version, a time of zero, four zeros, then bytes that the
 * specification wants random only to tell echoes apart; S2 is not compared, since real servers do not echo.
 */
const hello = Buffer.alloc(1 + packetBytes, 'understudy');
hello[0] = version;
hello.fill(0, 1, 9);

interface Application {
  readonly name: string;
  readonly port: number;
}

/** The handshake, and `connect` after it when an application is to be asked. */
function handshake(target: Target, app: Application | null): Talk {
  const chunks = createChunkReader();
  let reply: Buffer = Buffer.alloc(0);
  let waitingFor = 'handshake';

  const wrongProtocol = () => fail(`expected RTMP version ${version}, got ${gotInstead(reply)}`);

  function shakeHands(chunk: Buffer, say: Say): Verdict | null {
    reply = reply.length === 0 ? chunk : Buffer.concat([reply, chunk]);
    if (reply[0] !== version) return isQuotable(reply.toString('latin1')) ? wrongProtocol() : null;
    if (reply.length < replyBytes) return null;
    if (app === null) return ok('answers the handshake');
    waitingFor = 'connect';
    const c2 = reply.subarray(1, 1 + packetBytes);
    say(Buffer.concat([c2, connectCommand(app.name, target.address, app.port)]));
    return reply.length === replyBytes ? null : readChunks(reply.subarray(replyBytes));
  }

  function readChunks(bytes: Buffer): Verdict | null {
    const messages = chunks.feed(bytes);
    if (typeof messages === 'string') return fail(`expected RTMP chunks, got ${messages}`);
    for (const message of messages) {
      const verdict = judgeConnect(message);
      if (verdict !== null) return verdict;
    }
    return null;
  }

  return {
    get waitingFor() {
      return waitingFor;
    },
    connected(say) {
      say(hello);
      return null;
    },
    heard: (chunk, say) => (waitingFor === 'handshake' ? shakeHands(chunk, say) : readChunks(chunk)),
    stopped(how) {
      if (reply[0] !== version) return wrongProtocol();
      if (waitingFor === 'handshake') return null;
      if (how === 'closed') return fail('connection refused by application');
      return how === 'late' ? fail('no answer to connect') : null;
    },
  };
}

/** A lone byte is a version number, more is likely another protocol. */
function gotInstead(reply: Buffer): string {
  return reply.length === 1 || quote(reply) === 'binary data' ? `version ${reply[0]}` : quote(reply);
}

export const rtmp = defineMonitor({
  type: 'rtmp',
  about: 'Shakes hands with an RTMP server and, when an application is named, connects to it',
  options: field.object({
    port: field.port().default(1935),
    app: field
      .text()
      .regex(/^[!-~]+$/, 'expected the name of an application such as live, without blanks')
      .max(512)
      .optional()
      .describe('Application to connect to, such as live; without it the handshake is enough'),
  }),
  network: true,
  tripwirePort: ({ port }) => port,
  prepare({ port, app }) {
    const application = app === undefined ? null : { name: app, port };
    return (target, context) => converse(target, port, handshake(target, application), context);
  },
});
