import { describe, expect, test } from 'vitest';
import { readWords, wordLoad } from '../../src/agent/limits.ts';

describe('the words of the command line', () => {
  test.each([
    ['cpu 70', { cpu: 70 }],
    ['cpu 90 publishers 100 band-out 99.5', { cpu: 90, publishers: 100, band_out: 99.5 }],
    [
      'band-in 100 disk 95 memory 90 hls 5 subscribers 7',
      { band_in: 100, disk: 95, memory: 90, hls: 5, subscribers: 7 },
    ],
    ['', {}],
  ])('`%s` is pairs of a word and its limit', (line, limits) => {
    expect(readWords(line.split(' ').filter(Boolean))).toEqual({ limits });
  });

  test.each([
    [
      'pubishers 100',
      'expected one of cpu, publishers, subscribers, hls, band-in, band-out, memory, disk, got `pubishers`, did you mean `publishers`?',
    ],
    ['band_in 100', /got `band_in`, did you mean `band-in`\?$/],
    ['CPU 100', /got `CPU`, did you mean `cpu`\?$/],
    ['90 cpu', /^expected one of .*, got `90`$/],
    ['cpu', 'cpu: expected a limit after it, got nothing'],
    ['cpu 90 hls', 'hls: expected a limit after it, got nothing'],
    ['cpu publishers 100', 'cpu: expected a number, got `publishers`'],
    ['cpu 90%', 'cpu: expected a number, got `90%`'],
    ['cpu -5', 'cpu: expected a number, got `-5`'],
    ['cpu 1e3', 'cpu: expected a number, got `1e3`'],
    ['cpu 90 cpu 80', 'cpu: expected one limit, got two'],
    ['__proto__ 1', /^expected one of .*, got `__proto__`$/],
  ])('`%s` is refused', (line, wrong) => {
    expect(readWords(line.split(' '))).toEqual({
      wrong: typeof wrong === 'string' ? wrong : expect.stringMatching(wrong),
    });
  });
});

test.each([
  ['cpu', 93, 90, 'cpu 93% of 90%'],
  ['band_out', 104.2, 100, 'band-out 104.2 of 100 Mbit/s'],
  ['publishers', 100, 100, 'publishers 100 of 100'],
] as const)('words a reached limit: %s', (name, value, limit, words) => {
  expect(wordLoad(name, value, limit)).toBe(words);
});
