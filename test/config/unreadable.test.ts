import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { plugins } from './plugins.ts';
import { folder, load, problemsOf, useScratch } from './scratch.ts';

useScratch();

describe('a file that cannot be read', () => {
  const loadFile = (file: string) => {
    const loaded = loadConfig(file, plugins, {});
    return 'problems' in loaded ? loaded.problems.map(formatProblem) : [];
  };

  test('is named, with the cause', () => {
    expect(loadFile(join(folder, 'none.yaml'))).toEqual([`${folder}/none.yaml: cannot be read: no such file`]);
    expect(loadFile(folder)).toEqual([`${folder}: cannot be read: it is a directory`]);
    expect(loadFile('/dev/zero')).toEqual(['/dev/zero: cannot be read: it is not a regular file']);
  });

  test('is refused when it is too large', () => {
    expect(load(Buffer.alloc(1024 * 1024 + 1, '#'))).toMatchObject({
      problems: [{ message: 'cannot be read: it has 1048577 bytes, expected at most 1048576' }],
    });
  });

  test('is refused when aliases multiply without end', () => {
    const bomb = Array.from(
      { length: 12 },
      (_, i) => `k${i}: &a${i} [${Array(10).fill(i === 0 ? 'x' : `*a${i - 1}`)}]`,
    );
    expect(problemsOf(bomb.join('\n'))).toEqual([expect.stringMatching(/expected at most 200000 values, got more$/)]);
  });

  test('is refused when merge keys multiply or chain without end', () => {
    const bomb = Array.from({ length: 12 }, (_, i) => `k${i}: &a${i} { <<: [${Array(10).fill(`*a${i - 1}`)}] }`);
    expect(problemsOf(['a: &a-1 {}', ...bomb].join('\n')).join()).toMatch(/expected at most 200000 values, got more/);
    const chain = Array.from({ length: 5000 }, (_, i) => `k${i}: &a${i} { <<: *a${i - 1} }`);
    expect(problemsOf(['a: &a-1 {}', ...chain].join('\n')).join()).toMatch(/nested too deeply/);
  });

  test('is refused when it is nested without end', () => {
    expect(problemsOf(`servers: ${'['.repeat(5000)}${']'.repeat(5000)}`).join()).toMatch(/nested too deeply/);
    expect(problemsOf('['.repeat(100_000)).length).toBeGreaterThan(0);
  });
});
