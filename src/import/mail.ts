/** Mail as other programs' files have it: addresses, and sendmail on the machine itself. */

const address = /^[^\s\p{Cc}@<>()[\]\\,;:"]+@[^\s\p{Cc}@<>()[\]\\,;:"]+$/u;
const localUser = /^[A-Za-z0-9._+-]+$/;

/** An address with its domain; a local user's, as `root`, gets `@localhost`. null: neither. */
export function asMailAddress(text: string): string | null {
  if (text.length > 254 || text.includes('${')) return null;
  if (address.test(text)) return text;
  return localUser.test(text) ? `${text}@localhost` : null;
}

/** Who we are in mail to this address: the same domain takes it. */
export function senderFor(recipient: string): string {
  return `understudy@${recipient.slice(recipient.lastIndexOf('@') + 1)}`;
}

/** What programs reach that hand their mail to sendmail. */
export const localRelay = 'smtp://127.0.0.1:25';
