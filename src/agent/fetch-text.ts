/** One GET on its own connection; returns the complete body or a fault. (Node's fetch opens a second connection after an aborted one.) */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export type Fetched = { readonly text: string } | { readonly cause: string };

/** The size limit of a statistics page: WCS lists each stream of a transcoder. */
const maxBytes = 4 * 1024 * 1024;

/** `who` starts the cause, as in `wcs unreachable`. Rejects only when the signal aborts. */
export async function fetchText(url: string, who: string, signal: AbortSignal): Promise<Fetched> {
  signal.throwIfAborted();
  const request = open(new URL(url));
  try {
    return await Promise.race([answerOf(request, who), aborted(signal)]);
  } finally {
    // Not by reset: that fails on a connection that is just ending, and leaks the socket.
    request.destroy();
  }
}

function open(url: URL): ClientRequest {
  const headers = { 'user-agent': 'understudy-agent', accept: '*/*', connection: 'close' };
  const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
  // User and password of the URL become Basic credentials.
  return ask(url, { agent: false, headers });
}

/** The first event decides; errors of the closing connection are ignored. */
function answerOf(request: ClientRequest, who: string): Promise<Fetched> {
  return new Promise((resolve) => {
    let isHttp = true;
    const fault = (error: NodeJS.ErrnoException): void => {
      resolve({ cause: `${who} ${isHttp ? wordFault(error.code ?? '') : 'does not speak HTTP'}` });
    };
    request.on('error', fault);
    request.on('socket', (socket) => {
      // The parser accepts an RTSP answer.
      socket.prependOnceListener('data', (chunk: Buffer) => {
        isHttp = chunk.toString('latin1', 0, 5) === 'HTTP/';
      });
    });
    request.on('response', (response) => {
      if (!isHttp) resolve({ cause: `${who} does not speak HTTP` });
      else if (response.statusCode !== 200) resolve({ cause: `${who} answers ${response.statusCode}` });
      else readBody(response, who, resolve);
    });
    request.end();
  });
}

function wordFault(code: string): string {
  if (code.startsWith('HPE_')) return 'does not speak HTTP';
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return 'does not speak TLS';
  return /CERT|SELF_SIGNED|LEAF_SIGNATURE/.test(code) ? 'has no trusted certificate' : 'unreachable';
}

function readBody(response: IncomingMessage, who: string, resolve: (fetched: Fetched) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  response.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > maxBytes) resolve({ cause: `${who} does not end its answer` });
    else parts.push(part);
  });
  response.on('error', () => resolve({ cause: `${who} hangs up` }));
  response.on('end', () => resolve({ text: Buffer.concat(parts).toString('utf8') }));
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
