import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { valueAt } from '../../src/config/wording.ts';
import { defineMonitor, field } from '../../src/plugin/plugin.ts';
import { plugins } from './plugins.ts';

const schema = configJsonSchema(plugins);
const entry = (section: string) => ['properties', section, 'additionalProperties'];

function form(section: string, type: string): unknown {
  const forms = valueAt(schema, [...entry(section), 'anyOf']);
  return Array.isArray(forms) ? forms.find((one) => valueAt(one, ['properties', 'type', 'const']) === type) : undefined;
}

test('describes every section, and allows no other', () => {
  const properties = Object.keys(Object(valueAt(schema, ['properties'])));
  expect(properties).toEqual([
    'director',
    'plugins',
    'servers',
    'monitors',
    'watches',
    'virtual_services',
    'classify',
    'alerts',
    'mail',
  ]);
  expect(schema).toMatchObject({ required: ['servers', 'monitors', 'watches'], additionalProperties: false });
});

test('gives defaults as they are written in YAML, with a line of explanation', () => {
  expect(valueAt(schema, [...entry('virtual_services'), 'properties', 'scheduler'])).toMatchObject({
    default: 'wlc',
    description: 'How IPVS picks a server for a new viewer',
  });
  expect(valueAt(schema, ['properties', 'director', 'properties', 'reconcile'])).toMatchObject({ default: '5s' });
});

test('has one form for each type of monitor, with its own options and its own interval', () => {
  expect(valueAt(form('monitors', 'rtsp'), ['properties', 'port'])).toMatchObject({ default: 554 });
  expect(valueAt(form('monitors', 'rtsp'), ['properties', 'interval'])).toMatchObject({ default: '1s' });
  expect(valueAt(form('monitors', 'cpu'), ['properties', 'interval'])).toMatchObject({ default: '5s' });
  expect(form('monitors', 'rtsp')).toMatchObject({ required: ['type'] });
});

test('allows a file in place of a secret', () => {
  const chat = form('alerts', 'chat');
  expect(Object.keys(Object(valueAt(chat, ['properties'])))).toContain('key_file');
  expect(chat).toMatchObject({
    required: ['room', 'type'],
    allOf: [{ anyOf: [{ required: ['key'] }, { required: ['key_file'] }] }],
  });
  expect(Object.keys(Object(valueAt(schema, ['properties', 'mail', 'properties'])))).toContain('smtp_file');
});

test('describes the groups of classify, alone or in a list', () => {
  const group = valueAt(schema, ['properties', 'classify', 'anyOf', '0']);
  expect(valueAt(schema, ['properties', 'classify', 'anyOf', '1'])).toMatchObject({ type: 'array', items: group });
  expect(group).toMatchObject({ required: ['vip', 'ports'], additionalProperties: false });
  expect(valueAt(group, ['properties', 'clients', 'items', 'anyOf'])).toMatchObject([
    { required: ['from', 'mark'] },
    { required: ['file'] },
  ]);
});

test('has no key that etc/example.yaml does not show', () => {
  const one = { type: 'any', about: '', options: field.object({}) };
  const monitor = defineMonitor({ ...one, network: true, prepare: () => async () => ({ status: 'ok', summary: '' }) });
  const alert = { ...one, recipients: () => [], prepare: () => async () => {} };
  const own = configJsonSchema({ monitors: new Map([['any', monitor]]), alerts: new Map([['any', alert]]) });
  const example = readFileSync(join(import.meta.dirname, '../../etc/example.yaml'), 'utf8');
  const missing = keysOf(own).filter((key) => !new RegExp(`\\b${key}\\b`).test(example));
  expect(missing).toEqual([]);
  expect(keysOf(own)).toContain('probe_ports');
});

function keysOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Object.keys(Object(valueAt(value, ['properties'])));
  return [...keys, ...Object.values(value).flatMap(keysOf)];
}

test('leaves no key without a type', () => {
  const missing: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, property] of Object.entries(Object(valueAt(value, ['properties'])))) {
      const known = ['type', 'anyOf', 'enum', 'const'].some((word) => valueAt(property, [word]) !== undefined);
      if (!known) missing.push(`${path}.${key}`);
    }
    for (const [key, inside] of Object.entries(value)) walk(inside, `${path}.${key}`);
  };
  walk(schema, '');
  expect(missing).toEqual([]);
});
