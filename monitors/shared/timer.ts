import type { Cancel } from '../../src/ports.ts';

export function timer(delayMs: number, callback: () => void): Cancel {
  const pending = setTimeout(callback, delayMs);
  return () => clearTimeout(pending);
}
