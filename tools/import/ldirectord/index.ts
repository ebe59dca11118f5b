/** ldirectord.cf(5): virtual services, their real servers and how they are checked. */
import { compose } from '../cluster/compose.ts';
import { headOf, withMarkHint } from '../cluster/document.ts';
import { createRemarks } from '../cluster/remarks.ts';
import type { Imported, ImportInput } from '../import.ts';
import { readDirectives } from './lines.ts';
import { mailOf } from './mail.ts';
import { isPinged, poolOf, reportUnconverted, shared } from './virtual.ts';

/** Those of all virtual services that have a meaning here. */
const taken = new Set(['checktimeout', 'negotiatetimeout', 'checkinterval', 'failurecount', 'fallback']);

export function importLdirectord(input: ImportInput): Imported {
  const remarks = createRemarks();
  const directives = readDirectives(input.file, remarks);
  const mail = mailOf(directives, remarks);
  for (const setting of directives.globals) {
    const isMail = /^(emailalert|smtp$)/.test(setting.key) && shared.has(setting.key);
    const isCount = setting.key === 'checkcount' && directives.virtuals.some(isPinged);
    if (!taken.has(setting.key) && !isMail && !isCount) reportUnconverted(setting, remarks);
  }
  const pools = directives.virtuals
    .flatMap((virtual) => poolOf(virtual, directives.globals, remarks) ?? [])
    .map((pool) => withMarkHint(pool, [], remarks));
  if (directives.virtuals.length === 0) {
    remarks.skipped({ file: input.file.name, line: 1 }, 'no `virtual` that can be converted was found');
  }
  const comments = directives.comments.filter((comment) => comment !== '');
  const head = [...headOf('ldirectord', input.file.name, mail !== null), ...comments];
  return { document: compose({ head, director: null, pools, mail }, remarks), remarks: remarks.list(), files: [] };
}
