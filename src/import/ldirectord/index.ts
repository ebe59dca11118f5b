/** ldirectord.cf(5): virtual services, their real servers and how they are checked. */
import { compose } from '../cluster/compose.ts';
import { withMarkHint } from '../cluster/mark-hint.ts';
import { createRemarks } from '../cluster/remarks.ts';
import type { Imported, ImportInput } from '../import.ts';
import { readDirectives } from './lines.ts';
import { mailOf } from './mail.ts';
import { poolOf, sayWhyNot, shared } from './virtual.ts';

/** Those of all virtual services that have a meaning here. */
const taken = new Set(['checktimeout', 'negotiatetimeout', 'checkinterval', 'failurecount', 'fallback']);

export function importLdirectord(input: ImportInput): Imported {
  const remarks = createRemarks();
  const directives = readDirectives(input.file, remarks);
  const mail = mailOf(directives, remarks);
  for (const setting of directives.globals) {
    const isMail = /^(emailalert|smtp$)/.test(setting.key) && shared.has(setting.key);
    if (!taken.has(setting.key) && !isMail) sayWhyNot(setting, remarks);
  }
  const pools = directives.virtuals
    .flatMap((virtual) => poolOf(virtual, directives.globals, remarks) ?? [])
    .map((pool) => withMarkHint(pool, [], remarks));
  if (directives.virtuals.length === 0) {
    remarks.skipped({ file: input.file.name, line: 1 }, 'no `virtual` that can be taken over was found');
  }
  const name = input.file.name.slice(input.file.name.lastIndexOf('/') + 1);
  const head = [
    `From ${name} of ldirectord. What that file does not state is left to the defaults here.`,
    ...(mail === null
      ? ['Nobody is told of a failure yet: that takes an alert of type `mail` and a section `mail`.']
      : []),
    ...directives.comments.filter((comment) => comment !== ''),
  ];
  return { document: compose({ head, director: null, pools, mail }, remarks), remarks: remarks.list(), files: [] };
}
