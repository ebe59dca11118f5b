/** Fields as the files write them. */
import { parseAddress } from '../../config/addresses.ts';

/** The file's addresses are IPv4: its marks, its /24 and its servers are. */
export function readAddress(text: string): string | null {
  const parsed = parseAddress(text);
  return 'ok' in parsed && !parsed.ok.includes(':') && !text.includes(':') ? parsed.ok : null;
}

/** The parts of a list, blanks around them left out. */
export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
