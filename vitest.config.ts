import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The lab's figures want a quiet machine, so its suites run after all others, one after the other. */
const isLong = process.env['UNDERSTUDY_LONG'] === '1';

/** Files that take longest begin first, so that no lane ends with one of them alone. */
const longest = [
  'test/lab/soak.test.ts',
  'test/lab/matrix.test.ts',
  'test/lab/scenarios-second.test.ts',
  'test/lab/scenarios-first.test.ts',
  'test/machine/realserver/realserver.test.ts',
  'test/classify/kernel/contract.test.ts',
  'test/flow/daemon.test.ts',
  'test/monitors/measure/real-snmpd.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.endsWith(name));
      return at === -1 ? longest.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    globalSetup: ['test/build.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // As `understudyd/plugin` is for a plugin of the built program.
        resolve: { alias: { 'understudyd/plugin': resolve(import.meta.dirname, 'src/plugin/kit.ts') } },
        test: {
          name: 'fast',
          setupFiles: ['test/seeds.ts'],
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
          setupFiles: ['test/seeds.ts'],
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
          // The bad network of the matrix is the soak of every run.
          exclude: ['test/lab/figures.test.ts', ...(isLong ? [] : ['test/lab/soak.test.ts'])],
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
