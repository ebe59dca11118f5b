import type { Program } from './program.ts';
import { sentTo } from './table.ts';
import type { VisitProtocol } from './visit.ts';

export interface ViewerOptions {
  /** One of the client host's addresses. */
  readonly from: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: VisitProtocol;
  /** Time between two attempts. */
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly hold: boolean;
}

export interface Attempt {
  readonly kind: 'attempt';
  /** When it began, on the guest's monotonic clock. */
  readonly atMs: number;
  readonly tookMs: number;
  readonly localPort: number;
  /** Null if the server answered in its protocol. */
  readonly error: string | null;
}

/** `server` is the address to which the director sent it, null if to nobody. */
export type Visit = Attempt & { readonly server: string | null };

export interface StreamEvent {
  readonly kind: 'open' | 'bytes' | 'closed';
  readonly atMs: number;
  readonly localPort: number;
  readonly bytes: number;
  readonly error?: string;
}

/** A client that keeps connecting. */
export interface Viewer {
  readonly program: Program;
  /** All so far, in the order they ended. */
  readonly visits: readonly Visit[];
  stop(): Promise<readonly Visit[]>;
}

/** A client that stays connected. */
export interface Stream {
  readonly program: Program;
  /** Which real server it is on. */
  readonly server: string | null;
  bytes(): number;
  /** Null while it is open. */
  closed(): StreamEvent | null;
  stop(): Promise<void>;
}

type Launch = (options: ViewerOptions, onLine: (line: string) => void) => Program;

export function startViewer(launch: Launch, options: ViewerOptions): Viewer {
  const visits: Visit[] = [];
  const program = launch(options, (line) => {
    const attempt = JSON.parse(line) as Attempt;
    visits.push({ ...attempt, server: sentTo(options.from, attempt.localPort) });
  });
  const stop = async (): Promise<readonly Visit[]> => {
    program.kill('SIGTERM');
    await program.ended;
    return visits;
  };
  return { program, visits, stop };
}

/** Resolves when the server has answered; rejects if it does not. */
export async function startStream(launch: Launch, options: ViewerOptions): Promise<Stream> {
  let bytes = 0;
  let closed: StreamEvent | null = null;
  let opened: (event: StreamEvent) => void = () => {};
  const first = new Promise<StreamEvent>((resolve) => {
    opened = resolve;
  });
  const program = launch(options, (line) => {
    const event = JSON.parse(line) as StreamEvent;
    bytes = event.bytes;
    if (event.kind === 'closed') closed = event;
    if (event.kind !== 'bytes') opened(event);
  });
  const event = await first;
  if (event.kind === 'closed') throw new Error(`no stream from ${options.address}:${options.port}: ${event.error}`);
  return {
    program,
    server: sentTo(options.from, event.localPort),
    bytes: () => bytes,
    closed: () => closed,
    stop: async () => {
      program.kill('SIGTERM');
      await program.ended;
    },
  };
}
