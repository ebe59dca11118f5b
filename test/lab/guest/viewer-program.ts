// Runs in the client's namespace: viewer-program.js OPTIONS. Prints one JSON line for each attempt.
import { nowMs } from './program.ts';
import type { Attempt, StreamEvent, ViewerOptions } from './viewer.ts';
import { rtspRequest, visit } from './visit.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as ViewerOptions;
const { from: localAddress, address, port, protocol, timeoutMs } = options;
const request = rtspRequest.bind(null, address, port);

function print(line: Attempt | StreamEvent): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Chosen by us, so that a refused attempt too can be looked up in the director's connections. */
let nextPort = 20_000 + ((process.pid * 997) % 40_000);

function localPort(): number {
  nextPort = nextPort >= 60_000 ? 20_000 : nextPort + 1;
  return nextPort;
}

async function attempt(): Promise<void> {
  const atMs = nowMs();
  const from = localPort();
  let error: string | null = null;
  try {
    const socket = await visit({ localAddress, localPort: from, address, port, protocol, timeoutMs });
    socket.on('error', () => {});
    socket.resetAndDestroy();
  } catch (cause) {
    error = (cause as Error).message;
  }
  print({ kind: 'attempt', atMs, tookMs: nowMs() - atMs, localPort: from, error });
}

/** One connection that stays: on rtsp the pictures flow over it, on the others it is silent. */
async function hold(): Promise<void> {
  const atMs = nowMs();
  const from = localPort();
  const socket = await visit({ localAddress, localPort: from, address, port, protocol, timeoutMs });
  let bytes = 0;
  let answered = '';
  let step = 0;
  print({ kind: 'open', atMs, localPort: from, bytes });
  const transport = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1';
  const next = (): void => {
    const session = `Session: ${/^Session: *([^;\r]+)/im.exec(answered)?.[1] ?? ''}`;
    step += 1;
    if (step === 1) socket.write(request('DESCRIBE', 2));
    if (step === 2) socket.write(request('SETUP', 3, '/stream=0', [transport]));
    if (step === 3) socket.write(request('PLAY', 4, '/', [session]));
    answered = '';
  };
  if (protocol === 'rtmp') socket.write(Buffer.alloc(1536));
  if (protocol === 'rtsp') next();
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (protocol !== 'rtsp' || step >= 3) return;
    answered += chunk.toString('latin1');
    const headEnd = answered.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const bodyLength = Number(/^Content-Length: *(\d+)/im.exec(answered)?.[1] ?? 0);
    if (answered.length >= headEnd + 4 + bodyLength) next();
  });
  const report = setInterval(() => print({ kind: 'bytes', atMs: nowMs(), localPort: from, bytes }), 500);
  let reason = 'closed';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.message;
  });
  socket.on('close', () => {
    clearInterval(report);
    print({ kind: 'closed', atMs: nowMs(), localPort: from, bytes, error: reason });
  });
}

if (options.hold) {
  hold().catch((error: Error) =>
    print({ kind: 'closed', atMs: nowMs(), localPort: 0, bytes: 0, error: error.message }),
  );
} else {
  // Attempts do not wait for each other: a viewer that hangs does not keep the next one from coming.
  setInterval(() => void attempt(), options.everyMs);
}
