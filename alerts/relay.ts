/** A mail server as the configuration names it: `smtp://[user:password@]host[:port]` or `smtps://...` */

export interface Relay {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS where it is offered. */
  readonly secure: boolean;
  readonly login: { readonly user: string; readonly password: string } | null;
  /** `host:port`, for messages: without the password. */
  readonly name: string;
}

export function parseRelay(text: string): Relay {
  const url = URL.canParse(text) ? new URL(text) : null;
  // Not repeated in the message: it may hold a password.
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    throw new Error('mail: expected smtp://[user:password@]host[:port] or smtps://..., got something else');
  }
  const secure = url.protocol === 'smtps:';
  const port = Number(url.port || (secure ? 465 : 25));
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    secure,
    login: url.username === '' ? null : { user: decoded(url.username), password: decoded(url.password) },
    name: `${url.hostname}:${port}`,
  };
}

/** A password may hold a bare % that is no escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Takes the password out of what a mail server or the library says, in the forms in which it travels. */
export function withoutSecret(text: string, { login }: Relay): string {
  if (login === null || login.password === '') return text;
  const base64 = (plain: string) => Buffer.from(plain).toString('base64');
  const forms = [base64(`\0${login.user}\0${login.password}`), base64(login.password), login.password];
  return forms.reduce((shown, form) => shown.replaceAll(form, '[secret]'), text);
}
