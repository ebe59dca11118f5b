/** Addresses of people, as the `mail` alert takes them. */
import type { Place } from './cluster.ts';
import { type Remarks, shown } from './remarks.ts';

/** No display name, no quotes. */
const address = /^[^\s\p{Cc}@<>()[\]\\,;:"]+@[^\s\p{Cc}@<>()\\,;"[\]]+$/u;
const longest = 254;

/** null: it is none, and a remark says so. */
export function mailAddress(word: string, place: Place, remarks: Remarks): string | null {
  const bare = word.trim().replace(/^<(.*)>$/, '$1');
  if (address.test(bare) && bare.length <= longest) return bare;
  if (/^[\w.+-]{1,60}$/.test(bare)) {
    remarks.changed(place, `\`${bare}\` has no domain, it is \`${bare}@localhost\` here`);
    return `${bare}@localhost`;
  }
  remarks.skipped(place, `expected a mail address such as oncall@example.org, got ${shown(word)}`);
  return null;
}
