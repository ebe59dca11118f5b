/** The changes as commands that a person would type. */
import type { Script } from '../classify/packet-filter.ts';
import type { Kernel } from './kernel.ts';
import { tableCommands } from './plan.ts';
import { type Look, noMarks } from './read.ts';

/** In the order of execution: services, marks, then leftovers in another packet filter. */
export function stepsOf(look: Look, kernel: Pick<Kernel, 'ipvsadmLines'>): Script {
  const { plan, filter, stale, desired } = look;
  const table = kernel.ipvsadmLines(tableCommands(plan)).map((line) => `ipvsadm ${line}`);
  const scripts = [
    ...(plan.marks.length > 0 && filter !== null ? [filter.script(desired.marking)] : []),
    ...stale.map((one) => one.script(noMarks)),
  ];
  return {
    files: scripts.flatMap(({ files }) => files),
    commands: [...table, ...scripts.flatMap(({ commands }) => commands)],
  };
}

/** The same as a shell script, which writes the files, then runs the commands. */
export function shellScript({ files, commands }: Script): string {
  const written = files.map(({ name, content }) => {
    const end = endMark(content);
    return `cat > ${name} <<'${end}'\n${content}${content.endsWith('\n') ? '' : '\n'}${end}\n`;
  });
  return [...written, ...commands.map((command) => `${command}\n`)].join('');
}

/** A line that does not occur in the content. */
function endMark(content: string): string {
  const lines = new Set(content.split('\n'));
  let mark = 'END';
  while (lines.has(mark)) mark += '_';
  return mark;
}
