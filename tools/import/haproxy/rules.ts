/** How a backend checks its servers: the option that says so, and the rules that belong to it. */

import { wholeIn } from '../cluster/numbers.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { wordSet } from '../cluster/shell-words.ts';
import { firstIn, inherited, type Line, type Section } from './sections.ts';
import { timeAt } from './times.ts';

export interface Rules {
  /** `tcp-check`, `httpchk` and so on; null: a TCP connect. */
  readonly kind: string | null;
  /** The words after the kind. */
  readonly words: readonly string[];
  readonly line: Line | null;
  /** `http-check` or `tcp-check`, and `external-check`, in their order. */
  readonly steps: readonly Line[];
  /** `timeout check`. */
  readonly timeoutMs: number | null;
  /** Where that is stated. */
  readonly timeoutLine: Line | null;
  /** All that it was read from. */
  readonly lines: readonly Line[];
}

const kinds = wordSet(`
  tcp-check httpchk ssl-hello-chk smtpchk mysql-check pgsql-check redis-check ldap-check spop-check external-check
`);

export function rulesOf(section: Section, remarks: Remarks): Rules {
  const chain = inherited(section);
  const option = firstIn(chain, (lines) => lines.findLast(isKind)) ?? null;
  const isOff = option?.words[0] === 'no' || option?.words[0] === 'default';
  const [kind = null, ...words] = option === null || isOff ? [] : option.words.slice(1);
  const steps = kind === null ? [] : stepsFor(kind, chain);
  const timeout = firstIn(chain, (lines) => lines.findLast(({ words: [a, b] }) => a === 'timeout' && b === 'check'));
  return {
    kind,
    words,
    line: option,
    steps,
    timeoutMs: timeout === undefined ? null : timeAt(timeout, timeout.words[2] ?? '', remarks),
    timeoutLine: timeout ?? null,
    lines: [...(option === null ? [] : [option]), ...steps, ...(timeout === undefined ? [] : [timeout])],
  };
}

/** Rules of its own hide those of `defaults`. */
function stepsFor(kind: string, chain: readonly Section[]): readonly Line[] {
  const keyword = kind === 'httpchk' ? 'http-check' : kind;
  if (!['http-check', 'tcp-check', 'external-check'].includes(keyword)) return [];
  const own = (lines: readonly Line[]) => lines.filter(({ words }) => words[0] === keyword);
  return firstIn(chain, (lines) => (own(lines).length === 0 ? undefined : own(lines))) ?? [];
}

function isKind({ words }: Line): boolean {
  const [first = '', second = '', third = ''] = words;
  return first === 'option'
    ? kinds.has(second)
    : /^(no|default)$/.test(first) && second === 'option' && kinds.has(third);
}

/** `port`, of a `connect` step. */
export function stepPort(words: readonly string[]): number | null {
  const at = words.indexOf('port');
  return at === -1 ? null : wholeIn(words[at + 1], 1, 65_535);
}

export interface Match {
  readonly not: boolean;
  /** `status`, `string`, `rstring`, `binary` and so on. */
  readonly kind: string;
  readonly value: string;
}

/** Options about the text for people, and about how HAProxy counts the answer. */
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
  remarks.expected(line.place, 'a text to find', line.words.join(' '));
  return null;
}
