/** The mail settings of `global_defs`. */
import type { MailSettings } from '../cluster/cluster.ts';
import { completeMail, mailAddress } from '../cluster/mail-address.ts';
import { portIn, secondsIn } from '../cluster/numbers.ts';
import type { Remarks } from '../cluster/remarks.ts';
import type { Statement } from './statements.ts';

const keywords = ['notification_email', 'notification_email_from', 'smtp_server', 'smtp_connect_timeout'];

export function isMail(keyword: string): boolean {
  return keywords.includes(keyword);
}

/** null: no mail is to be sent. */
export function mailOf(globals: readonly Statement[], remarks: Remarks): MailSettings | null {
  const last = (keyword: string) => globals.findLast(({ words }) => words[0] === keyword);
  const lists = globals.filter(({ words }) => words[0] === 'notification_email');
  const to = lists.flatMap(({ block, words, place }) => {
    const lines = [{ words: words.slice(1), place }, ...(block ?? [])];
    return lines.flatMap((line) => {
      // `"On call" <oncall@example.org>`: the name in front is no address.
      const hasNames = line.words.some((word) => /^<.+>$/.test(word));
      const addresses = line.words.filter((word) => !hasNames || word.includes('@'));
      return addresses.flatMap((word) => mailAddress(word, line.place, remarks) ?? []);
    });
  });
  const fromLine = last('notification_email_from');
  const smtpLine = last('smtp_server');
  const timeoutMs = secondsIn(last('smtp_connect_timeout')?.words[1]);
  const [first] = lists;
  if (to.length === 0 || first === undefined) {
    for (const line of [fromLine, smtpLine, last('smtp_connect_timeout')]) {
      if (line !== undefined)
        remarks.skipped(line.place, `\`${line.words[0]}\` without a \`notification_email\` notifies nobody`);
    }
    return null;
  }
  const from = fromLine === undefined ? null : mailAddress(fromLine.words[1] ?? '', fromLine.place, remarks);
  const smtp = smtpLine === undefined ? null : relayOf(smtpLine, remarks);
  return completeMail(
    { to, from, smtp: smtp === null ? [] : [smtp], timeoutMs, alertevery: null },
    { from: 'notification_email_from', smtp: 'smtp_server' },
    first.place,
    remarks,
  );
}

/** `ADDRESS PORT`, with a name in place of the address if wanted. */
function relayOf({ words, place }: Statement, remarks: Remarks): string | null {
  const [, host = '', port] = words;
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const url = `smtp://${name}:${portIn(port) ?? 25}`;
  if (name !== '' && !/[\s/@?#\\$]/.test(name) && URL.canParse(url)) return url;
  remarks.expected(place, '`smtp_server ADDRESS PORT`', words.join(' '));
  return null;
}
