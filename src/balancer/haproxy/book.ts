/**
 * Which state we gave each server line last. HAProxy does not say who put a line into maintenance, so without this a
 * restart of ours could not tell our own hand from another's. A reload of HAProxy forgets states, and so do we.
 */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { errorText } from '../../text.ts';
import type { LineState } from './table.ts';

export interface Book {
  /** What was noted of this HAProxy (its socket), if it is still the process that it was. */
  of(socket: string, process: string | null): ReadonlyMap<string, LineState>;
  /** Does not wait for the disk. */
  note(socket: string, process: string | null, states: ReadonlyMap<string, LineState>): void;
  /** Resolves when what was noted is on the disk, or cannot be. */
  settled(): Promise<void>;
}

interface Page {
  readonly process: string | null;
  /** By `backend/line`. */
  readonly states: Readonly<Record<string, LineState>>;
}

export function memoryBook(): Book {
  return bookOf(new Map(), () => Promise.resolve());
}

/** A book that cannot be written is as good while we run; `onFault` is told once for each cause. */
export function fileBook(file: string, onFault: (text: string) => void): Book {
  let lastFault = '';
  return bookOf(readPages(file), async (text) => {
    try {
      await writeFile(`${file}.new`, text, { mode: 0o640 });
      await rename(`${file}.new`, file);
      lastFault = '';
    } catch (error) {
      const fault = `what was set in HAProxy could not be noted: ${errorText(error)}`;
      if (fault !== lastFault) onFault(fault);
      lastFault = fault;
    }
  });
}

function bookOf(pages: Map<string, Page>, write: (text: string) => Promise<void>): Book {
  let written = '';
  let writing: Promise<void> | null = null;
  const textOf = (): string => JSON.stringify(Object.fromEntries(pages));
  const writeAll = async (): Promise<void> => {
    // What was noted meanwhile is written once more, all of it at once.
    for (let text = textOf(); text !== written; text = textOf()) {
      written = text;
      await write(text);
    }
    writing = null;
  };
  return {
    of(socket, process) {
      const page = pages.get(socket);
      return page !== undefined && page.process === process ? new Map(Object.entries(page.states)) : new Map();
    },
    note(socket, process, states) {
      pages.set(socket, { process, states: Object.fromEntries(states) });
      writing ??= writeAll();
    },
    settled: () => writing ?? Promise.resolve(),
  };
}

/** A file that is not ours, or cut, is no book: then what is in maintenance is another hand's, and stays. */
function readPages(file: string): Map<string, Page> {
  const pages = new Map<string, Page>();
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    for (const [socket, page] of Object.entries(read ?? {})) if (isPage(page)) pages.set(socket, page);
  } catch {
    // No book yet.
  }
  return pages;
}

function isPage(page: unknown): page is Page {
  if (typeof page !== 'object' || page === null || !('process' in page) || !('states' in page)) return false;
  const { process, states } = page;
  if (process !== null && typeof process !== 'string') return false;
  if (typeof states !== 'object' || states === null) return false;
  return Object.values(states).every((state) => ['ready', 'drain', 'maint'].includes(state));
}
