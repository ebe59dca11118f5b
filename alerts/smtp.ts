/** The one place that knows nodemailer: composes a message, and hands it to one mail server over a fresh connection. */
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Relay } from './relay.ts';

export interface Message {
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
  /** The message it answers, or null. */
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function compose(message: Message): Promise<Buffer> {
  const composer = new MailComposer({
    from: message.from,
    to: message.to,
    messageId: message.messageId,
    ...(message.inReplyTo === null ? {} : { inReplyTo: message.inReplyTo }),
    ...(message.references.length === 0 ? {} : { references: [...message.references] }),
    subject: message.subject,
    text: message.text,
    ...(message.html === '' ? {} : { html: message.html }),
    headers: { 'Auto-Submitted': 'auto-generated', ...message.headers },
    textEncoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** A mail server that did not take the message. */
export class SmtpError extends Error {
  override readonly name = 'SmtpError';
  /** Of the reply, such as 451 or 550; null: there was none. */
  readonly replyCode: number | null;
  /** What was refused, such as `RCPT TO`. */
  readonly command: string;
  constructor(message: string, replyCode: number | null, command: string) {
    super(message);
    this.replyCode = replyCode;
    this.command = command;
  }
}

export interface Envelope {
  readonly from: string;
  readonly to: string;
}

/** No answer of a mail server is longer. */
const maxResponseBytes = 64 * 1024;

/** Rejects with an SmtpError, or with the signal's reason; the connection is gone in every case. */
export function submit(
  relay: Relay,
  envelope: Envelope,
  message: Buffer,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = new SMTPConnection({
      host: relay.host,
      port: relay.port,
      secure: relay.secure,
      ...tlsRules(relay),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      maxResponseSize: maxResponseBytes,
      socketCloseTimeout: 1000,
    });
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', abort);
      settle();
    };
    const fail = (error: Error) => {
      connection.close();
      end(() => reject(smtpError(error)));
    };
    const abort = () => {
      // Does not wait for a peer that has stopped answering.
      if (connection._socket) connection._socket.destroy();
      connection.close();
      end(() => reject(signal.reason));
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);

    const send = () =>
      connection.send({ from: envelope.from, to: [envelope.to] }, message, (error) => {
        if (error) return fail(error);
        connection.quit();
        // The message is theirs: nothing is waited for any more.
        connection.close();
        end(resolve);
      });
    connection.on('error', fail);
    connection.connect((error) => {
      if (error) return fail(error);
      if (relay.login === null) return send();
      const { user, password } = relay.login;
      connection.login({ user, pass: password }, (refused) => (refused ? fail(refused) : send()));
    });
  });
}

/**
 * smtp: STARTTLS where it is offered, and any certificate is better than plain text. But a password goes to no
 * stranger: then TLS is a must and the certificate must be valid, as it has for smtps. Loopback is no stranger.
 */
function tlsRules(relay: Relay) {
  const strict = relay.login !== null && !isLoopback(relay.host);
  if (relay.secure) return { tls: { rejectUnauthorized: !isLoopback(relay.host) } };
  return strict ? { requireTLS: true } : { opportunisticTLS: true, tls: { rejectUnauthorized: false } };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function smtpError(error: Error): SmtpError {
  const { responseCode, command } = error as { readonly responseCode?: unknown; readonly command?: unknown };
  return new SmtpError(
    error.message,
    typeof responseCode === 'number' ? responseCode : null,
    typeof command === 'string' ? command : '',
  );
}
