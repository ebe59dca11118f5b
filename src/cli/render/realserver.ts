/** The changes of a video server as a diff, and as the commands that make them. */
import { commandLines, type Difference, differenceOf, type Step } from '../../machine/realserver/steps.ts';
import { type Line, plain, type Span, toned } from './look.ts';

export function diffLines(steps: readonly Step[]): Line[] {
  return steps.flatMap((step) => {
    const { sign, text, lines } = differenceOf(step);
    const why: readonly Span[] = step.op === 'set' ? [toned('quiet', `  ${step.why}`)] : [];
    return [
      [plain('  '), signed(sign, `${sign} ${text}`), ...why],
      ...lines.map((line): Line => [plain('      '), line.startsWith('-') ? toned('bad', line) : toned('good', line)]),
    ];
  });
}

/** Whole lines: they are copied into a shell. */
export function scriptLines(steps: readonly Step[]): string[] {
  return steps.flatMap(commandLines);
}

const tones = { '+': 'good', '-': 'bad', '~': 'warn' } as const;

function signed(sign: Difference['sign'], text: string): Span {
  return toned(tones[sign], text);
}
