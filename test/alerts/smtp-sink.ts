/** A real SMTP server on loopback that keeps what it gets, and misbehaves when told. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface SinkMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came. */
  readonly raw: string;
}

/** null: go on. A number: this reply. `hang`: never an answer. `drop`: the connection is cut. */
export type Misbehaviour = { readonly code: number; readonly text: string } | 'hang' | 'drop' | null;
type Stage = 'greeting' | 'sender' | 'recipient' | 'data';
export type Behave = (stage: Stage, address: string) => Misbehaviour;

export interface Sink {
  readonly port: number;
  readonly mails: readonly SinkMail[];
  /** Connections that are open now. */
  open(): number;
  behave(next: Behave): void;
  close(): Promise<void>;
}

export async function startSink(options: SMTPServerOptions = {}): Promise<Sink> {
  const mails: SinkMail[] = [];
  let behave: Behave = () => null;

  function answer(stage: Stage, address: string, session: object, go: (error?: Error) => void): void {
    const wrong = behave(stage, address);
    if (wrong === null) go();
    else if (wrong === 'drop') cut(session);
    else if (wrong !== 'hang') go(Object.assign(new Error(wrong.text), { responseCode: wrong.code }));
  }

  function cut(session: object): void {
    for (const connection of server.connections as Set<{
      readonly session: object;
      readonly _socket: { destroy(): void };
    }>) {
      if (connection.session === session) connection._socket.destroy();
    }
  }

  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onConnect: (session, done) => answer('greeting', '', session, done),
    onMailFrom: ({ address }, session, done) => answer('sender', address, session, done),
    onRcptTo: ({ address }, session, done) => answer('recipient', address, session, done),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        answer('data', from, session, (error) => {
          if (error) return done(error);
          mails.push({ from, to: rcptTo.map((to) => to.address), raw: Buffer.concat(chunks).toString('utf8') });
          done();
        });
      });
    },
    ...options,
  });
  // Clients that are cut off are part of the tests.
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    open: () => server.connections.size,
    behave: (next) => {
      behave = next;
    },
    close: () =>
      new Promise((resolve) => {
        for (const connection of server.connections as Set<{ readonly _socket: { destroy(): void } }>) {
          connection._socket.destroy();
        }
        server.close(() => resolve());
      }),
  };
}
