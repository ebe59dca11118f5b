/** What holds for every importer, whatever it is given. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { writeDocument } from '../../../src/config/write.ts';
import { formatRemark, type Imported } from '../import.ts';
import { checked } from './imported.ts';

export { growth } from '../../../test/growth.ts';

/** Parameters of a property that is slow: `runs` inputs, or as many as `FC_RUNS` says. */
export function tries(runs = 50): { readonly numRuns: number } {
  return { numRuns: Number(process.env['FC_RUNS'] ?? runs) };
}

/** Remarks are one line each, and what was made without an error is accepted by the program. */
export function holds(imported: Imported): void {
  for (const remark of imported.remarks) {
    expect(remark.text).not.toMatch(/\.$|[\n\r]/);
    expect(remark.line === null || remark.line >= 1, formatRemark(remark)).toBe(true);
  }
  if (imported.remarks.some(({ kind }) => kind === 'error')) return;
  const { config, told } = checked(imported);
  expect(config, `${told.join('\n')}\n${writeDocument(imported.document)}`).not.toBeNull();
}

/** All that a line can show in, but for line numbers, which move with each line that goes. */
export function outcome({ document, remarks, files }: Imported): string {
  const texts = remarks.map(
    ({ file, kind, text }) => `${file} ${kind} ${text.replace(/(line[s]?|in) [\d, -]+/g, '$1 #')}`,
  );
  return JSON.stringify([document.sections, [...document.comments], document.head, texts, files]);
}

/** Lines without which all is the same: neither taken over nor told of. `plain`: those that may be. */
export function silentLines(text: string, importer: (text: string) => Imported, plain: RegExp): readonly string[] {
  const lines = text.split('\n');
  const whole = outcome(importer(text));
  return lines.filter((line, at) => {
    if (plain.test(line)) return false;
    return outcome(importer(lines.toSpliced(at, 1).join('\n'))) === whole;
  });
}

/** A text with pieces left out, doubled, moved or replaced. */
export function damaged(texts: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(40),
    put: fc.oneof(fc.constantFrom('', ...pieces), fc.string({ maxLength: 8 })),
    twice: fc.boolean(),
  });
  return fc.tuple(fc.constantFrom(...texts), fc.array(edit, { maxLength: 6 })).map(([text, edits]) =>
    edits.reduce((whole, { at, length, put, twice }) => {
      const start = Math.floor(at * whole.length);
      const piece = whole.slice(start, start + length);
      return `${whole.slice(0, start)}${twice ? piece + piece : ''}${put}${whole.slice(start + length)}`;
    }, text),
  );
}
