import { readFileSync } from 'node:fs';

/** Of the package this file is in, built (dist/src/system) or not (src/system). */
export function packageVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'));
      if (typeof manifest !== 'object' || manifest === null) continue;
      if ('version' in manifest && typeof manifest.version === 'string') return manifest.version;
    } catch {
      // Not there: the other depth.
    }
  }
  return 'unknown';
}
