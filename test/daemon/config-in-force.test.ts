/** The daemon's configuration over its reloads. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alerts } from '../../alerts/index.ts';
import { monitors } from '../../monitors/index.ts';
import { createPluginLoader } from '../../src/config/plugins/load-plugins.ts';
import { type ConfigInForce, readConfigInForce } from '../../src/daemon/config-in-force.ts';
import type { Log } from '../../src/ports.ts';
import { importModule } from '../../src/system/import-module.ts';
import { manualClock } from '../fake/clock.ts';
import { tempFolder } from '../http/harness.ts';

const text = `director: { name: lb1, state: state }
servers: { edge1: { address: 127.0.0.21 } }
monitors: { tcp: { type: tcp, port: 1935 } }
watches: { edges: { servers: [edge1], monitors: [tcp] } }
`;
const pulseOff = text.replace('state: state', 'state: state, pulse: off');

async function world(first = text) {
  const file = join(tempFolder(), 'understudy.yaml');
  writeFileSync(file, first);
  const clock = manualClock(1000);
  const told: string[] = [];
  const tell = (_: object, line: string): void => void told.push(line);
  const log: Log = { debug: tell, info: tell, warn: tell, error: tell };
  const inForce = await readConfigInForce({
    file,
    env: {},
    builtIn: { monitors, alerts },
    loader: createPluginLoader(importModule, clock),
    clock,
    log,
  });
  return { file, clock, told, inForce, write: (next: string) => writeFileSync(file, next) };
}

/** Reloads, and keeps what was taken over, with the steps in their order. */
async function reload(inForce: ConfigInForce, steps: string[] = []) {
  const result = await inForce.reload({
    begins: () => void steps.push('begins'),
    take(config) {
      steps.push(`pulse ${config.director.pulse === null ? 'off' : 'on'}`);
      return { changed: ['something'] };
    },
    ends: () => void steps.push('ends'),
  });
  return result;
}

describe('the configuration in force', () => {
  it('is the one that was read, until a reload takes another over', async () => {
    const { inForce, file, clock, write } = await world();
    await clock.advance(500);
    expect(inForce.state()).toEqual({ configFile: file, configLoadedMs: 1000, configError: null });
    write(pulseOff);
    const steps: string[] = [];
    expect((await reload(inForce, steps)).changed).toEqual(['something']);
    expect(steps).toEqual(['begins', 'pulse off', 'ends']);
    expect(inForce.state().configLoadedMs).toBe(1500);
  });

  it('stays when the file is wrong, which is told with every problem until one is right', async () => {
    const { inForce, write, told } = await world();
    write(text.replace('127.0.0.21', '127.0.0.321').replace('1935', '0'));
    const steps: string[] = [];
    await expect(reload(inForce, steps)).rejects.toThrow(/^2 problems in .*\n.*:2:.*\n.*:3:/);
    expect(steps).toEqual(['begins', 'ends']);
    expect(inForce.state().configError).toMatch(/^2 problems in /);
    expect(told.at(-1)).toMatch(/^the configuration was not reloaded, the old one stays: 2 problems in /);
    write(text);
    await reload(inForce);
    expect(inForce.state().configError).toBeNull();
  });

  it('does not move its state while it runs', async () => {
    const { inForce, write } = await world();
    write(text.replace('state: state', 'state: elsewhere'));
    await expect(reload(inForce)).rejects.toThrow(
      /^director\.state cannot change while running: expected `.*\/state`, got `.*\/elsewhere`$/,
    );
  });

  it('keeps its time and its error when nobody takes it over', async () => {
    const { inForce } = await world();
    const refusing = {
      begins() {},
      take() {
        throw new Error('not started yet');
      },
      ends() {},
    };
    await expect(inForce.reload(refusing)).rejects.toMatchObject({ name: 'Refusal', message: 'not started yet' });
    expect(inForce.state()).toMatchObject({ configLoadedMs: 1000, configError: 'not started yet' });
  });

  it('takes over one after the other', async () => {
    const { inForce } = await world();
    const steps: string[] = [];
    await Promise.all([reload(inForce, steps), reload(inForce, steps)]);
    expect(steps).toEqual(['begins', 'pulse on', 'ends', 'begins', 'pulse on', 'ends']);
  });
});

it('a configuration that is wrong at the start is told with every problem', async () => {
  await expect(world(text.replace('127.0.0.21', '127.0.0.321'))).rejects.toThrow(/:2:.*expected/);
});
