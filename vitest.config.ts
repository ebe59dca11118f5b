import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The lab's figures want a quiet machine, so its suites run after all others, one after the other. */
export default defineConfig({
  test: {
    projects: [
      {
        // As `understudyd/plugin` is for a plugin of the built program.
        resolve: { alias: { 'understudyd/plugin': resolve(import.meta.dirname, 'src/plugin/kit.ts') } },
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**'],
          pool: 'forks',
          isolate: false,
          maxWorkers: 4,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // `npm test` runs it when something that it depends on has changed: see scripts/import-stamp.mjs.
        test: {
          name: 'import',
          include: ['tools/import/test/**/*.test.ts'],
          pool: 'forks',
          isolate: false,
          maxWorkers: 4,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Two lanes: one guest on each of two processors.
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          exclude: ['test/lab/figures.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 30 * 60_000,
          hookTimeout: 30 * 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Alone on the machine.
        test: {
          name: 'figures',
          include: ['test/lab/figures.test.ts'],
          pool: 'forks',
          testTimeout: 30 * 60_000,
          hookTimeout: 30 * 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
