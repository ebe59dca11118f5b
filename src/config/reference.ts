/** The configuration reference as Markdown, from the JSON Schema that the schema itself gives. Pure. */

/** The part of a JSON Schema that is read here. */
interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly anyOf?: readonly Node[];
  readonly allOf?: readonly unknown[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly required?: readonly string[];
}

interface Row {
  readonly key: string;
  readonly value: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** Sections whose entries have a `type` with options of its own: they have pages or a table for each type. */
const typed: Readonly<Record<string, string>> = {
  monitors: 'Each monitor has a page with its options: [monitors](monitors/README.md).',
  alerts: 'Types and their options: [alerts](alerts.md).',
};

export function configurationReference(schema: object): string {
  const sections = Object.entries((schema as Node).properties ?? {}).map(([name, node]) => section(name, node));
  return [
    '# Configuration reference',
    '',
    'Generated from the schema by `npm run docs`. Durations are written `100ms`, `1.5s`, `5m`, `2h` or `7d`. `NAME` is a name of',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what a reader writes
    'your choice. A value may take `${VARIABLE}` from the environment. Annotated samples: [etc/example.yaml](../etc/example.yaml).',
    'Anchors, aliases and merge keys of YAML work: `rtsp2: { <<: *rtsp, port: 8554 }`.',
    '',
    ...sections,
  ].join('\n');
}

function section(name: string, node: Node): string {
  const rows = rowsOf(node, '', name in typed);
  const lines = [`## \`${name}\``, '', sentence(node.description ?? ''), ''];
  if (name in typed) lines.push(typed[name] ?? '', '');
  if (rows.length > 0) lines.push(...table(rows), '');
  if (name in typed) lines.push(...optionsOfTypes(node));
  return lines.join('\n');
}

function table(rows: readonly Row[]): readonly string[] {
  const lines = rows.map(
    ({ key, value, fallback, meaning }) => `| \`${key}\` | ${cell(value)} | ${cell(fallback)} | ${cell(meaning)} |`,
  );
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...lines];
}

/** A table for each type, of the options that only it has. */
function optionsOfTypes({ additionalProperties }: Node): readonly string[] {
  if (typeof additionalProperties !== 'object') return [];
  const common = Object.keys(commonOf(additionalProperties).properties ?? {});
  return shapesOf(additionalProperties).flatMap((shape) => {
    const { properties = {}, required = [] } = shape;
    const own = Object.fromEntries(Object.entries(properties).filter(([key]) => !common.includes(key)));
    const types = shapesOf(properties['type'] ?? {}).flatMap(({ const: word, enum: words }) => words ?? word ?? []);
    const rows = rowsOf({ properties: own, required }, '', false);
    const title = types.map((type) => `\`${type}\``).join(', ');
    return rows.length === 0 ? [] : [`### ${title}`, '', ...table(rows), ''];
  });
}

/** Keys below a node, each once. A map of names is shown as `NAME`, a list as its items. */
function rowsOf(node: Node, path: string, isTyped: boolean): readonly Row[] {
  const within = (key: string) => (path === '' ? key : `${path}.${key}`);
  const rows = shapesOf(node).flatMap(({ properties = {}, required = [], additionalProperties: named, items }) => {
    const own = Object.entries(properties).flatMap(([name, child]) => {
      const below = rowsOf(child, within(name), isTyped);
      if (below.length > 0 && child.description === undefined && child.anyOf === undefined) return below;
      const fallback = fallbackOf(child, required.includes(name));
      return [{ key: within(name), value: valueText(child), fallback, meaning: child.description ?? '' }, ...below];
    });
    const entry = isTyped && path === '' && typeof named === 'object' ? commonOf(named) : named;
    const ofNames = typeof entry === 'object' ? rowsOf(entry, within('NAME'), isTyped) : [];
    return [...own, ...ofNames, ...(items === undefined ? [] : rowsOf(items, path, isTyped))];
  });
  return rows.filter(({ key }, at) => rows.findIndex((row) => row.key === key) === at);
}

/** Of entries that differ by their type: the keys that all of them have. */
function commonOf(node: Node): Node {
  const shapes = shapesOf(node).filter(({ properties }) => properties !== undefined);
  const [first, ...others] = shapes.map(({ properties = {} }) => properties);
  const shared = Object.entries(first ?? {}).filter(([key]) => others.every((other) => key in other));
  const types = shapes.flatMap(({ properties = {} }) => properties['type']?.const ?? []);
  const properties = Object.fromEntries(
    shared.map(([key, child]) => [key, key === 'type' ? { description: 'What kind it is', enum: types } : child]),
  );
  return { properties, required: ['type'] };
}

function shapesOf(node: Node): readonly Node[] {
  return node.anyOf === undefined ? [node] : node.anyOf.flatMap(shapesOf);
}

function valueText(node: Node): string {
  return [...new Set(shapesOf(node).map(oneValue))].filter((text) => text !== '').join(' or ');
}

function oneValue({
  type,
  enum: words,
  const: word,
  minimum,
  maximum,
  pattern,
  items,
  properties,
  additionalProperties,
}: Node): string {
  if (words !== undefined) return words.map((text) => `\`${text}\``).join(', ');
  if (word !== undefined) return `\`${word}\``;
  if (pattern?.includes('(ms|s|m|h|d)')) return 'duration';
  if (type === 'integer' || type === 'number') {
    const what = type === 'integer' ? 'whole number' : 'number';
    return minimum === undefined || maximum === undefined ? what : `${what}, ${minimum} to ${maximum}`;
  }
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'array') return `list of ${items === undefined ? 'values' : plural(valueText(items))}`;
  if (properties !== undefined || typeof additionalProperties === 'object') return 'map';
  return type === 'string' ? 'text' : '';
}

function plural(text: string): string {
  return text === 'text' || text === '' ? 'texts' : text;
}

function fallbackOf({ default: value }: Node, isRequired: boolean): string {
  if (isRequired) return '**required**';
  if (value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0))
    return '';
  return `\`${typeof value === 'object' ? JSON.stringify(value) : value}\``;
}

function sentence(text: string): string {
  return text === '' ? '' : `${text}.`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
}
