import type { Verdict } from '../../src/plugin/plugin.ts';
import { fail } from '../shared/verdicts.ts';

type Asked = 'connection' | 'transport' | 'file';

/** Results (HRESULT) with the same meaning in every message; others are shown as numbers ([MS-ERREF], section 2.1). */
const meanings: ReadonlyMap<number, string> = new Map([
  [0x80070002, 'not found'],
  [0x80070003, 'not found'],
  [0x80070005, 'access denied'],
  [0xc00d001a, 'not found'],
]);

/** The server is up and refuses. */
export function judgeResult(asked: Asked, hr: number): Verdict {
  const code = `0x${hr.toString(16).toUpperCase().padStart(8, '0')}`;
  return fail(`${asked} refused: ${meanings.get(hr) ?? code}`, `result ${code}`);
}
