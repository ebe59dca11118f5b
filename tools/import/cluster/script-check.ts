/** A check that is a program: our own monitor where it is known what the program asks, or else the program. */
import { commandCheck, rtspCheck } from './checks.ts';
import type { CheckDraft } from './cluster.ts';
import { asName } from './names.ts';
import { portIn } from './numbers.ts';
import { shown } from './remarks.ts';
import { splitCommand } from './shell-words.ts';

type Entry = Readonly<Record<string, unknown>>;

export interface ScriptTimes {
  /** For a monitor of our own. */
  readonly native: () => Entry;
  /** For the program itself, which costs more to run. */
  readonly program: () => Entry;
}

/**
 * `line` is what a shell would run for the server at `address`, which is then written as `{address}`, so that the
 * same script for all servers is one monitor. `changed` is called when our own monitor replaces the program.
 */
export function scriptCheck(
  line: string,
  address: string,
  times: ScriptTimes,
  changed: (text: string) => void,
): CheckDraft | null {
  const split = splitCommand(line);
  const words = 'words' in split ? split.words : [line];
  if (words.every((word) => word.trim() === '')) return null;
  const asked = rtspAsked('words' in split ? split.words : line.split(/[\s|;&]+/), line);
  if (asked !== null) {
    changed(`${shown(line)} is replaced by the \`rtsp\` monitor: OPTIONS on port ${asked.port}`);
    return rtspCheck(asked.port, asked.path, times.native());
  }
  const run = ('words' in split ? words : ['/bin/sh', '-c', line]).map((word) => fillable(word, address));
  return commandCheck(nameOfScript(words), run, times.program());
}

/** A script whose name has `rtsp` in it, or a line that sends OPTIONS to an `rtsp://` address. */
function rtspAsked(words: readonly string[], line: string): { readonly port: number; readonly path: string } | null {
  const named = words.some((word) => /rtsp/i.test(baseName(word)) && !/^-|:\/\//.test(word));
  if (!named && !/OPTIONS\s+rtsp:\/\//i.test(line) && !words.some((word) => /^rtsp:\/\//i.test(word))) return null;
  const url = /rtsp:\/\/(?:\[[^\]\s]*\]|[^\s:/"']*)(?::(\d{1,5}))?(\/[!#-&(-~]*)?/i.exec(line);
  const numbers = words.slice(1).flatMap((word, at) => {
    const before = words[at] ?? '';
    // Other options with a number, as `-t 5` or `-c 3`, mean something else.
    const other = /^-/.test(before) && !/^-p$|^--?port$/i.test(before);
    const own = /^--?port=(\d+)$/i.exec(word)?.[1] ?? /^-p(\d+)$/.exec(word)?.[1] ?? word;
    const port = other ? null : portIn(own);
    // A lone small number is a count or a time.
    return port === null || (port < 100 && own === word && !/^-p|^--?port/i.test(before)) ? [] : [port];
  });
  return { port: portIn(url?.[1]) ?? numbers[0] ?? 554, path: url?.[2] ?? '/' };
}

function nameOfScript(words: readonly string[]): string {
  const isInterpreter = (word: string) =>
    /^(ba|da|k|z)?sh$|^python[\d.]*$|^perl$|^env$|^sudo$|^timeout$/.test(baseName(word));
  const script = words.find((word) => !isInterpreter(word) && !word.startsWith('-') && !/^\d/.test(word));
  const name = asName(baseName((script ?? '').trim().split(/\s/)[0] ?? '').replace(/\.(sh|pl|py|rb|php)$/, ''));
  return name === '' ? 'script' : name;
}

function baseName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}

function fillable(word: string, address: string): string {
  // Not inside a longer address: 10.0.0.1 in 10.0.0.11.
  const [before, after] = address.includes(':') ? ['[\\w.:]', '[\\w:]'] : ['[\\w.]', '\\w|\\.\\d'];
  const exact = new RegExp(`(?<!${before})${address.replaceAll('.', '\\.')}(?!${after})`, 'g');
  return word.replaceAll(exact, '{address}');
}
