/** The file with what it includes in its place, and `$NAME` replaced by what it is defined as. */
import type { Place } from '../cluster/cluster.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import type { ImportInput, SourceText } from '../import.ts';
import { parseStatements, type Statement } from './statements.ts';

const maxFiles = 200;
const maxIncludes = 8;
/** `include` and its stricter forms, which differ in how they report a missing file. */
const includes = /^include[abmrwx]*$/;

export interface Whole {
  readonly statements: readonly Statement[];
  /** Lines `$NAME=value`, in their order. */
  readonly definitions: readonly { readonly name: string; readonly statement: Statement }[];
}

export function readWhole(input: ImportInput, remarks: Remarks): Whole {
  const definitions: { name: string; statement: Statement }[] = [];
  const values = new Map<string, string>();
  const used = new Set<string>();
  const lookUp = (name: string) => {
    used.add(name);
    return values.get(name);
  };
  let files = 0;

  function open(source: SourceText, from: readonly string[]): readonly Statement[] {
    files += 1;
    return expand(parseStatements(source, remarks), [...from, source.name], false);
  }

  /** `inVrrp`: its text goes on as it is, and so do its conditions and its definitions. */
  function expand(statements: readonly Statement[], from: readonly string[], inVrrp: boolean): readonly Statement[] {
    return statements.flatMap((statement): readonly Statement[] => {
      if (statement.definition) {
        define(statement);
        return [];
      }
      const words = statement.words.flatMap((word) => substitute(word, lookUp));
      const [keyword = '', file] = words;
      if (includes.test(keyword)) return include(file, statement.place, from);
      const { block } = statement;
      return [{ ...statement, words, block: block && expand(block, from, inVrrp || keyword.startsWith('vrrp')) }];
    });
  }

  function include(file: string | undefined, place: Place, from: readonly string[]): readonly Statement[] {
    if (file === undefined) {
      remarks.skipped(place, 'expected the name of a file after `include`, got none');
      return [];
    }
    const parent = from.at(-1) ?? input.file.name;
    const isPattern = /[*?[]/.test(file);
    const names = isPattern ? (input.list?.(file, parent) ?? []) : [file];
    if (names.length === 0) remarks.skipped(place, `include ${shown(file)}: no such file`);
    return names.flatMap((name) => {
      if (files >= maxFiles || from.length > maxIncludes) {
        remarks.error(place, `expected at most ${maxFiles} files, ${maxIncludes} in each other, got more`);
        return [];
      }
      const source = input.read(name, parent);
      if (source === null) {
        remarks.skipped(place, `include ${shown(name)}: no such file, or it cannot be read`);
        return [];
      }
      if (from.includes(source.name)) {
        remarks.error(place, `include ${shown(name)}: it includes itself`);
        return [];
      }
      return open(source, from);
    });
  }

  function define(statement: Statement): void {
    const [text = ''] = statement.words;
    const name = /^\$(\w+)/.exec(text)?.[1] ?? '';
    const value = text.slice(text.indexOf('=') + 1).trim();
    definitions.push({ name, statement });
    if (value.includes('\n') || /[{}]/.test(value.replaceAll(/\$\{\w+\}/g, ''))) {
      remarks.skipped(
        statement.place,
        `definition of \`$${name}\` has several lines or blocks, which are not understood`,
      );
      return;
    }
    const plain = /^"(.*)"$/.exec(value)?.[1] ?? value.replace(/\s*[#!].*$/, '');
    values.set(name, substituteText(plain, lookUp).slice(0, maxValue));
  }

  const statements = open(input.file, []);
  for (const { name, statement } of definitions) {
    if (values.has(name) && !used.has(name)) remarks.skipped(statement.place, `\`$${name}\` is used nowhere`);
  }
  return { statements, definitions };
}

const maxValue = 1000;

type LookUp = (name: string) => string | undefined;

/** A definition may hold several words. */
function substitute(word: string, lookUp: LookUp): readonly string[] {
  if (!word.includes('$')) return [word];
  const text = substituteText(word, lookUp);
  return text === word ? [word] : text.split(/\s+/).filter((part) => part !== '');
}

function substituteText(text: string, lookUp: LookUp): string {
  return text.replaceAll(
    /\$\{(\w+)\}|\$([A-Za-z_]\w*)/g,
    (whole, braced: string | undefined, bare: string | undefined) => lookUp(braced ?? bare ?? '') ?? whole,
  );
}
