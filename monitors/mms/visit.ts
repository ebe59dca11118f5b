import type { Verdict } from '../../src/plugin/plugin.ts';
import type { Say, Talk } from '../shared/dialog.ts';
import { isQuotable, quote } from '../shared/quote.ts';
import { fail, ok } from '../shared/verdicts.ts';
import { judgeResult } from './judge.ts';
import { kinds, type Message, maxMessageBytes, messageOf, serverVersion, takeMessages } from './message.ts';

export interface Visit {
  /** The Host field of our identification. */
  readonly address: string;
  /** The file or publishing point to open, without a leading slash; null: only connect. */
  readonly file: string | null;
}

/** An old player version that every server answers, and an identity that stands out in its log. */
const player = 'NSPlayer/7.0.0.1956; {756E6465-7273-7475-6479-000000000001}';
/** Protocol version 4.11 towards the player, 3.28 towards the server. */
const [toViewer, toServer] = [0x0004000b, 0x0003001c];
const nothing = 0xffffffff;
/** The address of a player over UDP; unused over TCP. */
const funnel = String.raw`\\192.168.0.129\TCP\1037`;
const mostBytesPerS = 10_000_000;

/** Starts like a player: connects, and for a file sends the transport and opens the file. */
export function visit({ address, file }: Visit): Talk {
  let waitingFor = 'connect';
  let rest = Buffer.alloc(0);
  let sequence = 0;
  let server: string | undefined;

  function tell(say: Say, kind: number, numbers: readonly number[], text: string | null = null): null {
    say(messageOf(kind, sequence, numbers, text));
    sequence += 1;
    return null;
  }

  function wrongProtocol(): Verdict {
    return fail(`expected MMS, got ${quote(rest)}`);
  }

  function next(message: Message, say: Say): Verdict | null {
    const { kind, hr } = message;
    switch (kind) {
      case kinds.connected:
        if (hr !== 0) return judgeResult('connection', hr);
        server = serverVersion(message) ?? undefined;
        if (file === null) return ok('connects', server);
        waitingFor = 'funnel info';
        return tell(say, kinds.funnelInfo, [0x00f0f0f0, toViewer]);
      case kinds.funnelInfoReport:
        waitingFor = 'connect funnel';
        return tell(say, kinds.connectFunnel, [0, nothing, 0, mostBytesPerS, 2], funnel);
      case kinds.funnelRefused:
        return judgeResult('transport', hr);
      case kinds.funnelConnected:
        if (hr !== 0) return judgeResult('transport', hr);
        waitingFor = 'open file';
        return tell(say, kinds.openFile, [1, nothing, 0, 0], file);
      case kinds.fileOpened:
        return hr === 0 ? ok('opens the file', server) : judgeResult('file', hr);
      case kinds.securityChallenge:
        return fail('needs credentials', server);
      case kinds.ping:
        return tell(say, kinds.pong, [1, nothing]);
      // Other messages are for players.
      default:
        return null;
    }
  }

  return {
    get waitingFor() {
      return waitingFor;
    },
    maxBytes: maxMessageBytes,
    connected: (say) => tell(say, kinds.connect, [0, toViewer, toServer], `${player}; Host: ${address}`),
    heard(chunk, say) {
      rest = Buffer.concat([rest, chunk]);
      const taken = takeMessages(rest);
      rest = Buffer.from(taken.rest);
      for (const message of taken.messages) {
        const verdict = next(message, say);
        if (verdict !== null) return verdict;
      }
      if (!('fault' in taken)) return null;
      if (taken.fault === 'bad length') return fail('expected MMS, got a message of a wrong length');
      // The first line would be more informative.
      return isQuotable(rest.toString('latin1')) ? wrongProtocol() : null;
    },
    stopped: () => ('fault' in takeMessages(rest) ? wrongProtocol() : null),
  };
}
