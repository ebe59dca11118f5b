/**
 * Records which state we gave each server line last. HAProxy does not report who put a line into maintenance, so
 * after a restart we could not tell our own changes from external ones. HAProxy forgets states on reload, and so do we.
 */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { errorText } from '../../text.ts';
import type { LineState } from './table.ts';

export interface Book {
  /** What was recorded for the HAProxy at this socket; empty if its process has changed since. */
  of(socket: string, process: string | null): ReadonlyMap<string, LineState>;
  /** Returns without waiting for the disk. */
  note(socket: string, process: string | null, states: ReadonlyMap<string, LineState>): void;
  /** Resolves when the record is on disk, or could not be written. */
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

/** If the file cannot be written, the record still works until we stop; `onFault` is called once per cause. */
export function fileBook(file: string, onFault: (text: string) => void): Book {
  let lastFault = '';
  return bookOf(readPages(file), async (text) => {
    try {
      await writeFile(`${file}.new`, text, { mode: 0o640 });
      await rename(`${file}.new`, file);
      lastFault = '';
    } catch (error) {
      const fault = `cannot record the states set in HAProxy: ${errorText(error)}`;
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
    // Changes made while writing are written together, once.
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

/** A foreign or truncated file counts as empty: then any maintenance state is external and is kept. */
function readPages(file: string): Map<string, Page> {
  const pages = new Map<string, Page>();
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    for (const [socket, page] of Object.entries(read ?? {})) if (isPage(page)) pages.set(socket, page);
  } catch {
    // There is no file yet.
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
