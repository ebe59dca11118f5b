/** Text of other programs, which the configuration shall not take for a variable of the environment. */

type Section = Readonly<Record<string, unknown>>;

/** A `${` is only text to us. */
export function verbatim(sections: Section): Section {
  return Object.fromEntries(Object.entries(sections).map(([key, value]) => [key, asText(value)]));
}

function asText(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(asText);
  return typeof value === 'object' && value !== null ? verbatim({ ...value }) : value;
}
