/** A mon.cf. */
import { createRemarks, remarksOn } from '../cluster/remarks.ts';
import type { Imported, SourceText } from '../import.ts';
import { composeMon } from './compose.ts';
import { type HostTable, readHostTable } from './hosts.ts';
import { readMonFile } from './read.ts';

export interface MonInput {
  readonly file: SourceText;
  /** Text like hosts(5), for host names in the file; null: only addresses are understood. */
  readonly hosts: string | null;
}

const macro = /^(dnl\b|m4_|(define|undefine|include|sinclude|changequote|changecom|ifdef|ifelse|divert|pushdef)\()/;

export function importMon({ file, hosts }: MonInput): Imported {
  const remarks = createRemarks();
  const ofFile = remarksOn(file.name, remarks);
  const lines = file.text.split(/\r\n|\n|\r/);
  const first = lines.findIndex((line) => macro.test(line.trim()));
  const expected = 'expected a mon.cf without m4 macros: import what `m4 FILE` makes of it';
  if (/\.m4$/i.test(file.name) || first !== -1) ofFile.error(first === -1 ? null : first + 1, expected);
  else {
    const table: HostTable = hosts === null ? new Map() : readHostTable(hosts);
    const document = composeMon(file.name, readMonFile(file, remarks), table, ofFile);
    const isValid = remarks.list().every(({ kind }) => kind !== 'error');
    if (isValid) return { document, remarks: remarks.list(), files: [] };
  }
  return { document: { head: [], sections: {}, comments: new Map() }, remarks: remarks.list(), files: [] };
}
