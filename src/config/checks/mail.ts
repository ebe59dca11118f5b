/** Mail alerts need a mail section, and that needs one way out. */
import type { Draft } from '../draft.ts';
import { isAbsent } from '../entry.ts';
import type { Report } from '../problems.ts';

export function checkMail({ alerts, mail }: Draft, report: Report): void {
  for (const { path, fields } of alerts.entries.values()) {
    if (mail === null && fields.type === 'mail') {
      report(
        [...path, 'type'],
        'expected a section `mail` with `smtp` and `from` for an alert of type `mail`, got none',
      );
    }
  }
  if (mail === null) return;
  const { smtp, folder } = mail.fields;
  if (isAbsent(mail, 'smtp') && isAbsent(mail, 'folder')) {
    report([...mail.path, 'smtp'], 'missing key `smtp`, expected one of `smtp`, `smtp_file`, `folder`', 'key');
  } else if (smtp !== undefined && folder !== undefined) {
    report([...mail.path, 'folder'], 'expected `smtp` or `folder`, got both', 'key');
  }
}
