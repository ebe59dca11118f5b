/** Another program's configuration as ours. Nothing is dropped silently: each line that is not converted is a remark. */
import type { ConfigDocument } from '../../src/config/write.ts';

export interface SourceText {
  /** As remarks name it, and `from` of files that it includes. */
  readonly name: string;
  readonly text: string;
}

export interface ImportInput {
  readonly file: SourceText;
  /** A file that `from` includes, relative to it; null: there is none, or it cannot be read. */
  readonly read: (name: string, from: string) => SourceText | null;
  /** Names for `read` that fit a pattern with `*`, `?` and `[...]`, in their order; without it patterns find nothing. */
  readonly list?: (pattern: string, from: string) => readonly string[];
}

export interface Imported {
  readonly document: ConfigDocument;
  readonly remarks: readonly Remark[];
  /** Files to be kept beside the configuration, as a keepalived.conf that has only its VRRP left. */
  readonly files: readonly { readonly name: string; readonly content: string }[];
}

export interface Remark {
  readonly file: string;
  /** From 1; null: the file as a whole. */
  readonly line: number | null;
  /**
   * `error`: the file is wrong there, and no configuration can be made of it. `skipped`: not understood, or there is
   * no equivalent here. `changed`: converted, but it means something slightly different.
   */
  readonly kind: 'error' | 'skipped' | 'changed';
  readonly text: string;
}

/** `mon.cf:12: skipped: ...`, as it goes to stderr. */
export function formatRemark({ file, line, kind, text }: Remark): string {
  return `${file}${line === null ? '' : `:${line}`}: ${kind}: ${text}`;
}
