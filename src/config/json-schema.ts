/** The JSON Schema of the document, for editors (`understudy schema`). */
import { z } from 'zod';
import { nameShape } from './entry.ts';
import { alertSchema, steeringSchema } from './sections/alerts.ts';
import { groupSchema } from './sections/classify/schema.ts';
import { directorSchema } from './sections/director.ts';
import { mailSchema } from './sections/mail.ts';
import { monitorSchema } from './sections/monitors/monitors.ts';
import { serverSchema } from './sections/servers.ts';
import { serviceSchema } from './sections/services/schema.ts';
import { watchSchema } from './sections/watches.ts';
import type { Plugins } from './typed.ts';

type Json = Record<string, unknown>;

export function configJsonSchema({ monitors, alerts }: Plugins): object {
  const monitorForms = [...monitors.values()].map((plugin) => withOptions(monitorSchema(plugin), plugin));
  const alertForms = [...alerts.values()].map((plugin) => withOptions(alertSchema, plugin));
  const document = z.strictObject({
    director: directorSchema.optional().describe('The machine that this runs on'),
    plugins: z
      .array(z.string().min(1))
      .optional()
      .describe('Files with monitors and alerts of your own, relative to this file'),
    servers: named(serverSchema).describe('The real servers'),
    monitors: named(anyOf(monitorForms)).describe('How servers are checked'),
    watches: named(watchSchema).describe('Which servers are checked by which monitors, and which alerts are concerned'),
    virtual_services: named(serviceSchema).optional().describe('The pools of the balancer'),
    classify: z
      .union([groupSchema, z.array(groupSchema)])
      .optional()
      .describe('Which packets get which firewall mark: a group of ports, or a list of them'),
    alerts: named(anyOf([steeringSchema, ...alertForms]))
      .optional()
      .describe('Who is notified, and which balancers act'),
    mail: mailSchema.optional().describe('How email is sent'),
  });
  // YAML editors know draft 7 best.
  const schema = z.toJSONSchema(document, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  return { ...(withSecretFiles(schema) as Json), title: 'Understudy configuration' };
}

function withOptions(
  common: z.ZodObject,
  { type, about, options }: { readonly type: string; readonly about: string; readonly options: z.ZodObject },
): z.ZodObject {
  return z.strictObject({ ...options.shape, ...common.shape, type: z.literal(type).describe(about) });
}

function named(entry: z.ZodType) {
  return z.record(z.string().regex(nameShape), entry);
}

function anyOf(forms: readonly z.ZodObject[]): z.ZodType {
  const [first, ...others] = forms;
  return first === undefined ? z.never() : z.union([first, ...others]);
}

/** Adds `KEY_file` to each secret `KEY`. One of the two is enough. */
function withSecretFiles(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withSecretFiles);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy: Json = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withSecretFiles(value)]));
  const secrets = Object.entries(asJson(copy['properties'])).filter(([, value]) => asJson(value)['secret'] === true);
  if (secrets.length === 0) return copy;
  const files = secrets.map(([key]) => [`${key}_file`, { type: 'string', description: `File that holds \`${key}\`` }]);
  const properties = { ...asJson(copy['properties']), ...Object.fromEntries(files) };
  const required = [copy['required'] ?? []].flat();
  const needed = secrets.map(([key]) => key).filter((key) => required.includes(key));
  return {
    ...copy,
    properties,
    required: required.filter((key) => !needed.some((secret) => secret === key)),
    allOf: needed.map((key) => ({ anyOf: [{ required: [key] }, { required: [`${key}_file`] }] })),
  };
}

function asJson(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
