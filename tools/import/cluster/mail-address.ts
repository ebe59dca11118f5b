/** Addresses of people, and the mail server where a file names none. */
import type { MailSettings, Place } from './cluster.ts';
import { type Remarks, shown } from './remarks.ts';

/** What programs reach that hand their mail to sendmail. */
export const localRelay = 'smtp://127.0.0.1:25';

/** No display name, no quotes. */
const address = /^[^\s\p{Cc}@<>()[\]\\,;:"]+@[^\s\p{Cc}@<>()[\]\\,;:"]+$/u;
const localUser = /^[A-Za-z0-9._+-]{1,60}$/;
const longest = 254;

/** An address with its domain; a local user's, as `root`, gets `@localhost`. null: neither. */
export function asMailAddress(text: string): string | null {
  const bare = text.trim().replace(/^<(.*)>$/, '$1');
  if (bare.length > longest || bare.includes('${')) return null;
  if (address.test(bare)) return bare;
  return localUser.test(bare) ? `${bare}@localhost` : null;
}

/** null: it is none, and a remark says so. */
export function mailAddress(word: string, place: Line, remarks: Remarks): string | null {
  const read = asMailAddress(word);
  if (read === null) remarks.expected(place, `${expectedMail}`, word);
  else if (read !== word) remarks.changed(place, `${shown(word)} is written \`${read}\``);
  return read;
}

export const expectedMail = 'a mail address such as oncall@example.org';

/** Our sender address in mail to this address: the same domain accepts it. */
export function senderFor(recipient: string): string {
  return `understudy@${recipient.slice(recipient.lastIndexOf('@') + 1)}`;
}

/** Programs that know sendmail only. */
export const insteadOfSendmail = `mail goes through ${localRelay} instead of sendmail (\`mail.smtp\`)`;

type Line = Parameters<Remarks['skipped']>[0];

/** With a sender and a mail server where the file has none; `keywords`: those of the file for them. */
export function completeMail(
  stated: Omit<MailSettings, 'from' | 'smtp'> & { readonly from: string | null; readonly smtp: readonly string[] },
  keywords: { readonly from: string; readonly smtp: string },
  place: Place,
  remarks: Remarks,
): MailSettings {
  const from = stated.from ?? senderFor(stated.to[0] ?? '@localhost');
  if (stated.from === null) remarks.changed(place, `no \`${keywords.from}\`: mail comes from \`${from}\``);
  if (stated.smtp.length === 0) {
    remarks.changed(place, `no \`${keywords.smtp}\`: mail goes through ${localRelay} (\`mail.smtp\`)`);
  }
  const [first = localRelay, ...others] = stated.smtp;
  return { ...stated, to: [...new Set(stated.to)], from, smtp: others.length === 0 ? first : stated.smtp };
}
