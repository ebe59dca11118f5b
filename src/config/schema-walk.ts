/** Finds the parts of a schema by their path, and those that are secret. */
import { z } from 'zod';

/** True when the value at the path is a secret, or inside one. */
export function isSecret(schema: z.ZodType, path: readonly PropertyKey[]): boolean {
  return path.some((_, index) => schemasAt(schema, path.slice(0, index + 1)).some(isMarked));
}

/** The keys of a map that hold secrets. */
export function secretKeys(schema: z.ZodObject): readonly string[] {
  return Object.keys(schema.shape).filter((key) => isSecret(schema, [key]));
}

/** The keys that a map at the path may have. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  return schemasAt(schema, path).flatMap((found) => (found instanceof z.ZodObject ? Object.keys(found.shape) : []));
}

/** The schemas for the value at a path: several when it may have several forms. */
function schemasAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly z.ZodType[] {
  const [key, ...rest] = path;
  if (key === undefined) return forms(schema);
  return forms(schema).flatMap((form) => childrenOf(form, key).flatMap((child) => schemasAt(child, rest)));
}

function isMarked(schema: z.ZodType): boolean {
  return schema.meta()?.['secret'] === true;
}

function childrenOf(schema: z.ZodType, key: PropertyKey): readonly z.ZodType[] {
  if (schema instanceof z.ZodObject && Object.hasOwn(schema.shape, key)) return [schema.shape[String(key)]];
  if (schema instanceof z.ZodArray) return [schema.element as z.ZodType];
  if (schema instanceof z.ZodRecord) return [schema.valueType as z.ZodType];
  return [];
}

function forms(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodUnion) return [schema, ...schema.options.flatMap((option) => forms(option as z.ZodType))];
  if (schema instanceof z.ZodPipe) return [schema, ...forms(schema.in as z.ZodType)];
  const wrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  return wrapped ? [schema, ...forms(schema.unwrap() as z.ZodType)] : [schema];
}
