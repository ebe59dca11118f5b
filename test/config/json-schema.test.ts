import { expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { valueAt } from '../../src/config/wording.ts';
import { plugins } from './plugins.ts';

const schema = configJsonSchema(plugins);
const entry = (section: string) => ['properties', section, 'additionalProperties'];

function form(section: string, type: string): unknown {
  const forms = valueAt(schema, [...entry(section), 'anyOf']);
  return Array.isArray(forms) ? forms.find((one) => valueAt(one, ['properties', 'type', 'const']) === type) : undefined;
}

test('describes every section, and allows no other', () => {
  const properties = Object.keys(Object(valueAt(schema, ['properties'])));
  expect(properties).toEqual(['director', 'servers', 'monitors', 'watches', 'virtual_services', 'alerts', 'mail']);
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
