/** What must not be read in a log: values under telling names, and passwords inside addresses. */

const secretName = /pass(word|wd|phrase)?$|secret|token|authorization|cookie|api_?key|private_?key/i;
const addressPassword = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s/?#]*@/gi;

const depthCap = 8;

/** A copy that JSON can carry: errors become their messages, secrets become `[secret]`. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= depthCap) return '[deeper]';
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (value instanceof Set) return redact([...value], depth);
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return redact(value.toJSON(), depth + 1);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const hidden = secretName.test(key) && item !== null && item !== undefined;
      return [key, hidden ? '[secret]' : redact(item, depth + 1)];
    }),
  );
}

/** `smtp://user:[secret]@host`. */
export function redactText(text: string): string {
  return text.includes('://') ? text.replace(addressPassword, '$1:[secret]@') : text;
}

function redactError(fault: Error, depth: number): object {
  const code = 'code' in fault && typeof fault.code === 'string' ? { code: fault.code } : {};
  const stack = fault.stack === undefined ? {} : { stack: redactText(fault.stack) };
  const cause = fault.cause === undefined ? {} : { cause: redact(fault.cause, depth + 1) };
  return { name: fault.name, message: redactText(fault.message), ...code, ...stack, ...cause };
}
