/** Tells people by mail: through a mail server, or into a folder. */
import { type Alert, field, type Notice, type Options, PermanentError } from '../src/plugin/plugin.ts';
import { errorText } from '../src/text.ts';
import { mailFileName, writeMail } from './mail-folder.ts';
import { messageIdOf } from './message-id.ts';
import { parseRelay, type Relay, withoutSecret } from './relay.ts';
import { compose, type Message, SmtpError, submit } from './smtp.ts';

/** The `mail` section of the configuration. */
export interface MailSettings {
  /** Tried in order. */
  readonly relays: readonly string[];
  /** Not null: files in this folder in place of any relay. */
  readonly folder: string | null;
  readonly from: string;
  /** For one mail server, from the first packet to its last word. */
  readonly timeoutMs: number;
}

/** An address as an envelope takes it, and nothing that could end a header or a command. */
const address = /^[^\s\p{Cc}@<>()[\]\\,;:"]+@[^\s\p{Cc}@<>()\\,;"]+$/u;

const options = field.object({
  to: field
    .list(field.text().max(254).regex(address, 'expected an address such as oncall@example.org'))
    .min(1)
    .describe('Addresses, each with its own email'),
});

/** `mail` null: only its options are asked for. `director`: its name, for Message-IDs. */
export function createMailAlert(mail: MailSettings | null, director: string): Alert {
  return {
    type: 'mail',
    about: 'A email to each address: text and HTML, one thread for each incident',
    options,
    recipients: (given) => [...new Set((given as Options<typeof options>).to)],
    prepare: () => {
      if (mail === null) throw new Error('mail: expected a section `mail` in the configuration, got none');
      const relays = mail.relays.map(parseRelay);
      return async (recipient, notice, { signal }) => {
        if (!address.test(recipient)) throw new PermanentError('mail: expected an address, got something else');
        const message = await compose(messageFor(mail.from, recipient, notice, director));
        signal.throwIfAborted();
        if (mail.folder === null) await relayed(mail, relays, recipient, message, signal);
        else await writeMail(mail.folder, mailFileName(notice.atMs, notice.id), message);
      };
    },
  };
}

function messageFor(from: string, to: string, notice: Notice, director: string): Message {
  return {
    from,
    to,
    messageId: messageIdOf(notice.id, director),
    // All answer the first, so that the thread stays one even where an email in between was lost.
    inReplyTo: notice.references[0] ?? null,
    references: notice.references,
    subject: oneLine(notice.subject),
    text: notice.text,
    html: notice.html,
    headers: {
      'X-Understudy-State': notice.kind,
      ...(notice.incidentId === null ? {} : { 'X-Understudy-Incident': oneLine(notice.incidentId) }),
    },
  };
}

/**
 * One relay after the other until one takes it. A 5xx about the recipient or the message ends it for good; all
 * else (4xx, no connection, a refused password or sender) is problem that passes, or that somebody puts right.
 */
async function relayed(
  mail: MailSettings,
  relays: readonly Relay[],
  recipient: string,
  message: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const failures: string[] = [];
  for (const relay of relays) {
    try {
      await submitInTime(relay, { from: mail.from, to: recipient }, message, mail.timeoutMs, signal);
      return;
    } catch (error) {
      signal.throwIfAborted();
      const said = `${relay.name}: ${withoutSecret(errorText(error), relay)}`;
      if (error instanceof SmtpError && isRefusal(error)) throw new PermanentError(`mail ${said}`);
      failures.push(said);
    }
  }
  throw new Error(`mail ${failures.length === 0 ? 'expected a relay, got none' : failures.join('; ')}`);
}

/** 503 says that the session was in the wrong state, not that the message was refused (RFC 5321 4.2.4). */
function isRefusal({ replyCode, command }: SmtpError): boolean {
  if (replyCode === null || replyCode < 500 || replyCode === 503) return false;
  return command === 'RCPT TO' || command === 'DATA';
}

async function submitInTime(
  relay: Relay,
  envelope: { readonly from: string; readonly to: string },
  message: Buffer,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  // The library's own timeouts are about silence; a server that drips is never silent.
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new Error(`not delivered in ${timeoutMs} ms`)), timeoutMs);
  const stop = () => deadline.abort(signal.reason);
  signal.addEventListener('abort', stop);
  try {
    await submit(relay, envelope, message, timeoutMs, deadline.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
