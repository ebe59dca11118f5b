/** The `emailalert` settings, global ones and those of each virtual service together. */
import type { MailSettings } from '../cluster/cluster.ts';
import { completeMail, mailAddress } from '../cluster/mail-address.ts';
import { wholeIn } from '../cluster/numbers.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import type { Directives } from './lines.ts';

export const mailKeys = ['emailalert', 'emailalertfrom', 'emailalertfreq', 'emailalertstatus', 'smtp'];

/** null: no mail is to be sent. */
export function mailOf({ globals, virtuals }: Directives, remarks: Remarks): MailSettings | null {
  const settings = [...globals, ...virtuals.flatMap((virtual) => virtual.settings)];
  const last = (key: string) => settings.findLast((setting) => setting.key === key);
  const lists = settings.filter(({ key, value }) => key === 'emailalert' && value !== '');
  const to = lists.flatMap(({ value, place }) =>
    value.split(/[\s,;]+/).flatMap((word) => (word === '' ? [] : (mailAddress(word, place, remarks) ?? []))),
  );
  const [first, ...others] = lists;
  if (first === undefined || to.length === 0) {
    for (const setting of settings) {
      if (!mailKeys.includes(setting.key) || setting.key === 'emailalert') continue;
      remarks.skipped(setting.place, `\`${setting.key}\` without an \`emailalert\` notifies nobody`);
    }
    return null;
  }
  for (const { value, place } of others) {
    if (value !== first.value) remarks.changed(place, 'all addresses of `emailalert` are notified of all servers here');
  }
  const status = last('emailalertstatus');
  if (status !== undefined && status.value !== 'all') {
    remarks.changed(status.place, `emailalertstatus ${shown(status.value)}: mail reports each failure and its end`);
  }
  const fromSetting = last('emailalertfrom');
  const from = fromSetting === undefined ? null : mailAddress(fromSetting.value, fromSetting.place, remarks);
  const smtp = last('smtp');
  const host = smtp?.value ?? '';
  const url = `smtp://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:25`;
  const isValid = /^[\w.:[\]-]+$/.test(host) && URL.canParse(url);
  if (smtp !== undefined && !isValid) {
    remarks.expected(smtp.place, 'the address of a mail server', host);
  }
  const relays = smtp !== undefined && isValid ? [url] : [];
  const alertevery = everyOf(last('emailalertfreq')?.value);
  return completeMail(
    { to, from, smtp: relays, timeoutMs: null, alertevery },
    { from: 'emailalertfrom', smtp: 'smtp' },
    first.place,
    remarks,
  );

  /** Seconds; 0 is once. */
  function everyOf(text: string | undefined): string | null {
    const seconds = wholeIn(text, 0, 86_400_000);
    if (seconds === null) {
      const setting = last('emailalertfreq');
      if (setting !== undefined) remarks.expected(setting.place, 'seconds', setting.value);
      return null;
    }
    return seconds === 0 ? 'none' : `${seconds}s`;
  }
}
