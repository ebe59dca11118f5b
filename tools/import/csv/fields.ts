/** Fields as the files write them. */
import { parseAddress } from '../../../src/config/addresses.ts';
import { parseMark } from '../../../src/config/mark.ts';
import { shown } from '../cluster/remarks.ts';

/** The file's addresses are IPv4: its marks, its /24 and its servers are. */
export function readAddress(text: string): string | null {
  const parsed = parseAddress(text);
  return 'ok' in parsed && !parsed.ok.includes(':') && !text.includes(':') ? parsed.ok : null;
}

/** null: none, which `wrong` is told. */
export function readMark(text: string, wrong: (text: string) => void): number | null {
  const parsed = parseMark(text);
  if ('ok' in parsed) return parsed.ok;
  wrong(`expected ${parsed.expected}, got ${text === '' ? 'nothing' : shown(text)}`);
  return null;
}

/** The parts of a list, blanks around them left out. */
export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
