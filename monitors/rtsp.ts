import { defineMonitor, field, type Verdict } from '../src/plugin.ts';
import { looksLikeRtsp, type RtspHead, readRtspHead } from './rtsp/answer.ts';
import { converse, type Talk } from './shared/dialog.ts';
import { bracketed, hostPort } from './shared/peer.ts';
import { isQuotable, plain, quote } from './shared/quote.ts';
import { fail, ok, verdict } from './shared/verdicts.ts';

const cseq = '1';

function judge(head: RtspHead): Verdict {
  const got = head.headers.get('cseq');
  // Real servers leave CSeq out; a different one answers somebody else's request.
  if (got !== undefined && got !== cseq) return fail(`expected CSeq ${cseq}, got ${quote(got)}`);
  const line = plain(`${head.status} ${head.reason}`);
  if (head.status >= 200 && head.status < 300) return ok('answers OPTIONS', line);
  // Only a living server asks for a password.
  if (head.status === 401) return ok('answers OPTIONS', `${line}: alive, wants a password`);
  if (head.status === 453 || head.status === 503) return verdict('overloaded', `overloaded: ${line}`);
  return fail(`expected 200, got ${quote(line)}`);
}

function options(url: string): Talk {
  let text = '';
  const wrongProtocol = () => fail(`expected RTSP, got ${quote(text)}`);
  return {
    waitingFor: 'OPTIONS',
    connected(say) {
      say(`OPTIONS ${url} RTSP/1.0\r\nCSeq: ${cseq}\r\nUser-Agent: understudy\r\n\r\n`);
      return null;
    },
    heard(chunk) {
      text += chunk.toString('latin1');
      if (!looksLikeRtsp(text)) return isQuotable(text) ? wrongProtocol() : null;
      const head = readRtspHead(text);
      if (head === null) return null;
      return head === 'malformed' ? wrongProtocol() : judge(head);
    },
    stopped: () => (looksLikeRtsp(text) ? null : wrongProtocol()),
  };
}

function rtspUrl(address: string, port: number, path: string): string {
  return `rtsp://${port === 554 ? bracketed(address) : hostPort(address, port)}${path}`;
}

export const rtsp = defineMonitor({
  type: 'rtsp',
  about: 'Asks an RTSP server for its OPTIONS',
  options: field.object({
    port: field.port().default(554),
    path: field
      .text()
      .regex(/^\/[!-~]*$/, 'expected a path such as /live/one, without blanks')
      .default('/')
      .describe('Path of the URL that is asked about'),
  }),
  network: true,
  tripwirePort: ({ port }) => port,
  prepare:
    ({ port, path }) =>
    (target, context) =>
      converse(target, port, options(rtspUrl(target.address, port, path)), context),
});
