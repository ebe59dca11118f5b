/** The changes that `realserver` makes, each with its opposite and as a person would type it. */
import type { Vip } from './request.ts';
import { addressWords, withPrefix } from './setup.ts';

export type Step =
  | { readonly op: 'load'; readonly module: string; readonly device: string }
  /** `from` null: the device did not exist. */
  | {
      readonly op: 'set';
      readonly name: string;
      readonly from: string | null;
      readonly to: string;
      readonly why: string;
    }
  | { readonly op: 'up' | 'down'; readonly device: string }
  | { readonly op: 'add' | 'del'; readonly vip: Vip; readonly device: string }
  /** null: no such file. */
  | { readonly op: 'file'; readonly path: string; readonly from: string | null; readonly to: string | null }
  | { readonly op: 'enable' | 'disable'; readonly unit: string };

/** null: unchanged. A loaded module does no harm. */
export function undoing(step: Step): Step | null {
  switch (step.op) {
    case 'load':
      return null;
    case 'set':
      return step.from === null ? null : { ...step, from: step.to, to: step.from };
    case 'up':
      return { ...step, op: 'down' };
    case 'down':
      return { ...step, op: 'up' };
    case 'add':
      return { ...step, op: 'del' };
    case 'del':
      return { ...step, op: 'add' };
    case 'file':
      return { ...step, from: step.to, to: step.from };
    case 'enable':
      return { ...step, op: 'disable' };
    case 'disable':
      return { ...step, op: 'enable' };
    default:
      return step satisfies never;
  }
}

/** The argv to run; null: a file is written instead. */
export function argvOf(step: Step): readonly string[] | null {
  switch (step.op) {
    case 'load':
      return ['modprobe', step.module];
    case 'up':
    case 'down':
      return ['ip', 'link', 'set', step.device, step.op];
    case 'add':
      return ['ip', 'address', 'add', ...addressWords(step.vip, step.device)];
    case 'del':
      return ['ip', 'address', 'del', withPrefix(step.vip), 'dev', step.device];
    case 'enable':
    case 'disable':
      return ['systemctl', step.op, step.unit];
    case 'set':
    case 'file':
      return null;
    default:
      return step satisfies never;
  }
}

/** For a shell, one line each. */
export function commandLines(step: Step): readonly string[] {
  switch (step.op) {
    case 'set':
      return [`sysctl -w ${step.name}=${step.to}`];
    case 'file':
      if (step.to === null) return [`rm ${step.path}`];
      // Creates the folder too.
      return [`install -D -m 644 /dev/stdin ${step.path} <<'EOF'`, ...step.to.trimEnd().split('\n'), 'EOF'];
    default:
      return [(argvOf(step) ?? []).join(' ')];
  }
}

export interface Difference {
  readonly sign: '+' | '-' | '~';
  readonly text: string;
  /** The lines of a file, each with a sign in front. */
  readonly lines: readonly string[];
}

export function differenceOf(step: Step): Difference {
  switch (step.op) {
    case 'load':
      return { sign: '+', text: `module ${step.module}, which makes ${step.device}`, lines: [] };
    case 'set':
      return { sign: '~', text: `${step.name}: ${step.from ?? 'not there yet'} to ${step.to}`, lines: [] };
    case 'up':
    case 'down':
      return { sign: '~', text: `${step.device}: ${step.op}`, lines: [] };
    case 'add':
    case 'del':
      return { sign: step.op === 'add' ? '+' : '-', text: `${withPrefix(step.vip)} on ${step.device}`, lines: [] };
    case 'file': {
      const existing = step.to === null ? '-' : '~';
      const sign = step.from === null ? '+' : existing;
      return { sign, text: step.path, lines: changedLines(step.from ?? '', step.to ?? '') };
    }
    case 'enable':
    case 'disable':
      return { sign: step.op === 'enable' ? '+' : '-', text: `${step.unit} at boot`, lines: [] };
    default:
      return step satisfies never;
  }
}

/** Our files are short and change in one place: the common lines before and after are omitted. */
function changedLines(from: string, to: string): readonly string[] {
  const [before, after] = [linesOf(from), linesOf(to)];
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < Math.min(before.length, after.length) - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail += 1;
  return [
    ...before.slice(head, before.length - tail).map((line) => `- ${line}`),
    ...after.slice(head, after.length - tail).map((line) => `+ ${line}`),
  ];
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.trimEnd().split('\n');
}
