import type { Credentials } from './authorization.ts';
import type { Method } from './judge.ts';
import { createSigning, type Refusal } from './signing.ts';

/** The requests of one conversation: numbered, signed if the server requires it, and in the session once there is one. */
export interface Requests {
  write(method: Method, uri: string, headers?: readonly string[]): Written;
  /** Repeats the last request, or returns why that is pointless. */
  afterRefusal(challenges: readonly string[]): Written | Refusal;
  accepted(): void;
  /** The session of the following requests; null: none. */
  enter(session: string | null): void;
  readonly last: { readonly method: Method; readonly uri: string; readonly cseq: number };
}

export interface Written {
  readonly bytes: string;
  /** The same without data from which a password could be guessed. */
  readonly shown: string;
}

export function createRequests(credentials: Credentials | null, createNonce: () => string): Requests {
  const signing = createSigning(credentials, createNonce);
  let session: string | null = null;
  let last = { method: 'OPTIONS' as Method, uri: '', headers: [] as readonly string[], cseq: 0 };

  function write(method: Method, uri: string, headers: readonly string[] = []): Written {
    last = { method, uri, headers, cseq: last.cseq + 1 };
    const head = [`${method} ${uri} RTSP/1.0`, `CSeq: ${last.cseq}`, 'User-Agent: understudy'];
    const rest = [...(session === null ? [] : [`Session: ${session}`]), ...headers, '', ''];
    const signature = signing.sign(method, uri);
    const whole = (authorization: string | null) =>
      [...head, ...(authorization === null ? [] : [`Authorization: ${authorization}`]), ...rest].join('\r\n');
    const scheme = signature === null ? null : `${signature.split(' ', 1)[0]} [secret]`;
    return { bytes: whole(signature), shown: whole(scheme) };
  }

  return {
    write,
    afterRefusal(challenges) {
      const next = signing.refused(challenges);
      return next === 'repeat' ? write(last.method, last.uri, last.headers) : next;
    },
    accepted: () => signing.accepted(),
    enter(name) {
      session = name;
    },
    get last() {
      return last;
    },
  };
}
