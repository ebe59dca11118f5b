/** `expect` of `http-check` and `tcp-check`: what an answer is held against. */
import { type Remarks, shown } from '../cluster/remarks.ts';
import type { Line } from './sections.ts';

export interface Match {
  readonly not: boolean;
  /** `status`, `string`, `rstring`, `binary` and so on. */
  readonly kind: string;
  readonly value: string;
}

/** Said of the answer to a person, and of how HAProxy counts it. */
const options = /^(comment|ok-status|error-status|tout-status|on-success|on-error|status-code|min-recv)$/;

/** null: there is none, and a remark says so. */
export function readMatch(words: readonly string[], line: Line, remarks: Remarks): Match | null {
  let at = 0;
  while (options.test(words[at] ?? '')) {
    const [name = '', value = ''] = words.slice(at, at + 2);
    if (/-status$/.test(name))
      remarks.changed(line.place, `${shown(`${name} ${value}`)}: a check is ok or it fails here`);
    at += 2;
  }
  const not = words[at] === '!';
  if (not) at += 1;
  const kind = words[at] ?? '';
  const value = words.slice(at + 1).join(' ');
  if (value !== '') return { not, kind, value };
  remarks.skipped(line.place, `expected what is to be found, got ${shown(line.words.join(' '))}`);
  return null;
}
