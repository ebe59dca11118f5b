/** `email-alert` lines and the mail servers that they name. */
import type { MailSettings } from '../cluster/cluster.ts';
import { completeMail, mailAddress } from '../cluster/mail-address.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { isProxy, type Line, type Section } from './sections.ts';
import { timeAt } from './times.ts';

/** null: no mail is to be sent. Lines that are read here are added to `taken`. */
export function mailOf(sections: readonly Section[], taken: Set<Line>, remarks: Remarks): MailSettings | null {
  const lines = sections
    .filter((section) => isProxy(section) || section.kind === 'defaults')
    .flatMap((section) => section.lines.filter(({ words }) => words[0] === 'email-alert'));
  for (const line of lines) taken.add(line);
  const [first] = lines;
  if (first === undefined) return null;
  const last = (what: string) => lines.findLast(({ words }) => words[1] === what);
  const to = lines.flatMap((line) =>
    line.words[1] !== 'to' ? [] : line.words.slice(2).flatMap((word) => mailAddress(word, line.place, remarks) ?? []),
  );
  for (const { words, place } of lines) {
    const [, what = '', value = ''] = words;
    if (what === 'level') remarks.changed(place, `${shown(words.join(' '))}: mail reports each failure and its end`);
    else if (what === 'myhostname') remarks.skipped(place, `${shown(words.join(' '))}: the name of the host is given`);
    else if (!/^(to|from|mailers)$/.test(what))
      remarks.skipped(place, `${shown(`${what} ${value}`)} is not understood`);
  }
  if (to.length === 0) {
    remarks.skipped(first.place, '`email-alert` without a `to` notifies nobody');
    return null;
  }
  if (new Set(to).size > 1)
    remarks.changed(first.place, 'all addresses of `email-alert to` are notified of all servers here');
  const sender = last('from');
  const from = sender === undefined ? null : mailAddress(sender.words[2] ?? '', sender.place, remarks);
  const mailers = last('mailers');
  const relays = mailers === undefined ? null : relaysOf(mailers, sections, taken, remarks);
  const stated = { to, from, smtp: relays?.urls ?? [], timeoutMs: relays?.timeoutMs ?? null, alertevery: null };
  return completeMail(stated, { from: 'email-alert from', smtp: 'email-alert mailers' }, first.place, remarks);
}

function relaysOf(
  { words, place }: Line,
  sections: readonly Section[],
  taken: Set<Line>,
  remarks: Remarks,
): { readonly urls: readonly string[]; readonly timeoutMs: number | null } {
  const section = sections.findLast(({ kind, name }) => kind === 'mailers' && name === words[2]);
  if (section === undefined) {
    remarks.skipped(place, `expected a section \`mailers ${words[2] ?? ''}\`, got none`);
    return { urls: [], timeoutMs: null };
  }
  const urls: string[] = [];
  let timeoutMs: number | null = null;
  for (const line of section.lines) {
    const [keyword, what = '', where = ''] = line.words;
    if (keyword === 'timeout' && what === 'mail') {
      taken.add(line);
      timeoutMs = timeAt(line, where, remarks);
    } else if (keyword === 'mailer') {
      taken.add(line);
      const url = `smtp://${where}`;
      const isValid = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.test(where) && URL.canParse(url);
      if (isValid && urls.length < 10) urls.push(url);
      else remarks.expected(line.place, 'a mail server such as 10.0.0.25:25', where);
    }
  }
  return { urls, timeoutMs };
}
