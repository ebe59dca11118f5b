import { describe, expect, test } from 'vitest';
import { monitors } from '../../monitors/index.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { loadSource } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { parseSource } from '../../src/config/read.ts';
import type { Plugins } from '../../src/config/typed.ts';
import { valueAt } from '../../src/config/wording.ts';

const plugins: Plugins = { monitors, alerts: new Map() };

function loaded(monitor: string) {
  const text = `servers: { a: { address: 127.0.0.1 } }\nmonitors: { m: ${monitor} }\nwatches: { w: { servers: [a], monitors: [m] } }`;
  const { source, problems } = parseSource('u.yaml', text);
  return source === undefined ? { problems } : loadSource(source, problems, plugins, {});
}

function times(monitor: string): readonly string[] {
  const result = loaded(monitor);
  if ('problems' in result) return result.problems.map(formatProblem);
  const timing = result.config.checks[0]?.monitor.timing;
  return [`${timing?.intervalMs}/${timing?.timeoutMs}/${timing?.retryIntervalMs}`];
}

describe('times that the configuration does not name', () => {
  test.each([
    ['{ type: rtsp }', '1000/1000/100'],
    ['{ type: rtsp, level: play }', '10000/3000/100'],
    ['{ type: rtsp, level: play, interval: 2s }', '2000/2000/100'],
    ['{ type: rtsp, level: play, timeout: 9s }', '10000/9000/100'],
    ['{ type: rtmp }', '1000/1000/100'],
    ['{ type: rtmp, app: live }', '2000/2000/100'],
    ['{ type: rtmp, app: live, interval: 1s }', '1000/1000/100'],
    ['{ type: rtsp, tls: true }', '2000/2000/100'],
    ['{ type: http }', '1000/1000/100'],
    ['{ type: http, tls: true }', '2000/2000/100'],
    ['{ type: rtmp, app: live, stream: a }', '10000/8000/100'],
    ['{ type: rtmp, app: live, stream: a, level: connect }', '2000/2000/100'],
    ['{ type: rtmp, app: live, stream: a, stall: 20s }', '23000/23000/100'],
    ['{ type: rtmp, app: live, stream: a, timeout: 6s, interval: 1m, retry_interval: 5s }', '60000/6000/5000'],
    ['{ type: hls, path: /a.m3u8 }', '2000/2000/100'],
    ['{ type: ping }', '5000/1700/100'],
  ])('of %s are %s ms', (monitor, expected) => {
    expect(times(monitor)).toEqual([expected]);
  });

  test('limit a timeout that the configuration names', () => {
    expect(times('{ type: rtsp, level: play, timeout: 12s }')).toEqual([
      'u.yaml:2:52: expected a timeout of at most the interval of 10s, got `12s`',
    ]);
  });

  test('are not derived from invalid options', () => {
    expect(times('{ type: rtsp, level: paly, timeout: 12s }')).toEqual([
      'u.yaml:2:37: expected one of tcp, options, describe, play, got `paly`, did you mean `play`?',
    ]);
  });

  test('are in the JSON Schema', () => {
    const forms = valueAt(configJsonSchema(plugins), ['properties', 'monitors', 'additionalProperties', 'anyOf']);
    const form = (type: string) =>
      (forms as unknown[]).find((one) => valueAt(one, ['properties', 'type', 'const']) === type);
    const note = 'with `level: play` every 10s, for at most 3s';
    for (const key of ['interval', 'timeout']) {
      const shown = valueAt(form('rtsp'), ['properties', key, 'description']);
      expect(shown).toMatch(/1s if absent/);
      expect(shown).toContain(note);
    }
    expect(valueAt(form('rtsp'), ['properties', 'interval'])).not.toHaveProperty('default');
    expect(valueAt(form('vip'), ['properties', 'interval'])).toMatchObject({ default: '2s' });
  });
});
