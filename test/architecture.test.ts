/** Which folder may import which. The tree is in CONTRIBUTING.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

interface Import {
  readonly from: string;
  /** A path in the repository, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('/test/'))
    .map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const pattern = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\('([^']+)'\)/g;
  return [...text.matchAll(pattern)].map((match) => {
    const to = match[2] ?? match[3] ?? '';
    const inside = to.startsWith('.') ? relative(root, resolve(root, dirname(file), to)) : to;
    return { from: file, to: inside, typeOnly: match[1] !== undefined };
  });
}

const all = ['src', 'tools', 'monitors', 'alerts'].flatMap(sources).flatMap(importsOf);
const inside = ({ to }: Import): boolean => /^(src|tools|monitors|alerts)\//.test(to);
const packages = all.filter((one) => !inside(one) && !one.to.startsWith('node:'));

/** Imports of files under `folder` that none of the patterns allows. */
function strays(folder: string, allowed: readonly RegExp[]): string[] {
  return all
    .filter(({ from, to }) => from.startsWith(folder) && !allowed.some((pattern) => pattern.test(to)))
    .map(({ from, to }) => `${from} imports ${to}`);
}

describe('the import rules', () => {
  it('sees the sources', () => {
    expect(all.length).toBeGreaterThan(200);
    expect(all).toContainEqual({ from: 'src/core/pool-words.ts', to: 'src/core/model.ts', typeOnly: true });
  });

  it('core imports only core', () => {
    expect(strays('src/core/', [/^src\/(core\/|text\.ts$)/])).toEqual([]);
  });

  it('formats import only formats: they are words that both ends of a wire share', () => {
    expect(strays('src/formats/', [/^src\/(formats\/|text\.ts$)/])).toEqual([]);
  });

  it('core knows no time, chance or promise', () => {
    const impure =
      /\b(Date\.now|new Date\(\)|performance\.|Math\.random|setTimeout|setInterval|Promise|async|await|process\.)/;
    const found = sources('src/core').filter((file) =>
      impure.test(readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    );
    expect(found).toEqual([]);
  });

  it('monitors take time from their context', () => {
    const found = sources('monitors').filter((file) =>
      /\b(Date\.now|new Date\(\)|performance\.now)\b/.test(
        readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''),
      ),
    );
    // A timer that finds out that it was late itself, and a default for figures that are read without a check.
    expect(found.filter((file) => !/^monitors\/(rtmp\/stall|measure\/via)\.ts$/.test(file))).toEqual([]);
  });

  it.each(['monitors', 'alerts'])('%s import the plugin contract, the ports, the formats and their own', (folder) => {
    expect(
      strays(`${folder}/`, [
        /^src\/(plugin\/(plugin|fields)|ports|text)\.ts$/,
        /^src\/formats\//,
        new RegExp(`^${folder}/`),
        /^node:/,
        /^(undici|nodemailer|saxes)/,
      ]),
    ).toEqual([]);
  });

  it.each(['monitors', 'alerts'])('one of the %s never imports another', (folder) => {
    const list = `${folder}/index.ts`;
    const plugins = importsOf(list)
      .map(({ to }) => to)
      .filter((to) => to.startsWith(`${folder}/`));
    const crossed = all.filter(
      ({ from, to }) => from !== list && plugins.includes(to) && from.startsWith(`${folder}/`),
    );
    expect(plugins.length).toBeGreaterThan(0);
    expect(crossed.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('the engine gets store, balancer and system handed in', () => {
    const values = all.filter(({ typeOnly }) => !typeOnly).map(({ from, to }) => ({ from, to }));
    const forbidden = values.filter(
      ({ from, to }) =>
        from.startsWith('src/engine/') && /^(src\/(store|balancer|system|cli|daemon)|monitors|alerts)/.test(to),
    );
    expect(forbidden).toEqual([]);
  });

  it('only the daemon sees engine, store, balancers and plugins together', () => {
    const wide = sources('src').filter((file) => {
      const to = importsOf(file)
        .filter(({ typeOnly }) => !typeOnly)
        .map((one) => one.to);
      return ['src/engine/', 'src/store/', 'src/balancer/'].every((part) => to.some((path) => path.startsWith(part)));
    });
    expect(wide).toEqual(['src/daemon/daemon.ts']);
  });

  it('the declared state gets balancer, packet filter and store handed in', () => {
    const forbidden = all.filter(
      ({ from, to, typeOnly }) =>
        !typeOnly &&
        from.startsWith('src/apply/') &&
        /^(src\/(store|system|cli|local|daemon)|src\/(balancer|classify)\/(?!(balancer|packet-filter)\.ts)|monitors|alerts)/.test(
          to,
        ),
    );
    expect(forbidden).toEqual([]);
  });

  it('only the daemon and local.ts open balancers and packet filters', () => {
    const openers = all.filter(
      ({ from, to, typeOnly }) =>
        !typeOnly &&
        !/^src\/(balancer|classify)\//.test(from) &&
        /^src\/(balancer\/(open|ipvs\/ipvs|haproxy\/haproxy|memory)|classify\/(choose|nftables|iptables))/.test(to),
    );
    expect([...new Set(openers.map(({ from }) => from))].filter((file) => file !== 'src/daemon/daemon.ts')).toEqual([
      'src/local.ts',
    ]);
  });

  it('each package has one importing file or folder', () => {
    const places = new Map<string, Set<string>>();
    for (const { from, to } of packages) {
      const name = to.startsWith('@') ? to.split('/').slice(0, 2).join('/') : (to.split('/')[0] ?? to);
      places.set(name, (places.get(name) ?? new Set()).add(dirname(from)));
    }
    const scattered = [...places]
      .map(([name, folders]) => {
        const outer = [...folders].filter((folder) => ![...folders].some((other) => folder.startsWith(`${other}/`)));
        return [name, new Set(outer)] as const;
      })
      .filter(([, folders]) => folders.size > 1)
      .map(([name, folders]) => `${name}: ${[...folders].join(', ')}`);
    // The fields of a plugin's options are the fields of the configuration.
    expect(scattered).toEqual(['zod: src/config, src/plugin']);
    expect([...places.keys()].sort()).toEqual(
      Object.keys(
        (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }).dependencies,
      ).sort(),
    );
  });

  it('the API knows no web, and HTTP knows only the API', () => {
    expect(strays('src/api/', [/^src\/(api|core)\//, /^src\/store\/store\.ts$/])).toEqual([]);
    expect(
      strays('src/http/', [/^src\/(api|http)\//, /^src\/(ports|text|plugin\/fields)\.ts$/, /^node:/, /^(hono|@hono)/]),
    ).toEqual([]);
  });

  it('nothing imports the importer, which is a project of its own', () => {
    expect(all.filter(({ from, to }) => !from.startsWith('tools/') && to.startsWith('tools/'))).toEqual([]);
  });

  it('the declared state needs no engine', () => {
    expect(all.filter(({ from, to }) => from.startsWith('src/apply/') && to.startsWith('src/engine/'))).toEqual([]);
  });
});

describe('the rooms of the engine', () => {
  /** Room → rooms and ports of the engine that it may import, types included. */
  const doors: Readonly<Record<string, readonly string[]>> = {
    watch: [],
    steer: ['journal'],
    mark: ['journal', 'overrides'],
    tell: ['journal'],
    show: ['journal', 'watch', 'steer', 'mark'],
    orders: ['journal', 'overrides', 'watch', 'steer', 'mark', 'tell', 'show'],
    journal: [],
    wakers: [],
    overrides: [],
    // Who puts the rooms together; the options name what the render of an email needs.
    'engine-options': ['tell'],
    engine: ['engine-options', 'journal', 'wakers', 'overrides', 'watch', 'steer', 'mark', 'tell', 'show', 'orders'],
  };
  const roomOf = (path: string): string | null => /^src\/engine\/([\w-]+)/.exec(path)?.[1] ?? null;

  it('are entered through the doors of the table only', () => {
    const crossed = all.filter(({ from, to }) => {
      const [room, other] = [roomOf(from), roomOf(to)];
      return room !== null && other !== null && other !== room && !doors[room]?.includes(other);
    });
    expect(crossed.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('are those of the table, and the table has no circle', () => {
    expect([...new Set(sources('src/engine').map(roomOf))].sort()).toEqual(Object.keys(doors).sort());
    expect(circlesIn(new Map(Object.entries(doors)))).toEqual([]);
  });

  it('are entered from outside by the daemon only', () => {
    const outside = all.filter(({ from, to }) => roomOf(from) === null && roomOf(to) !== null);
    expect(outside.filter(({ from }) => !from.startsWith('src/daemon/'))).toEqual([]);
  });
});

describe('circles of imports, of types too', () => {
  it('do not exist', () => {
    const graph = new Map<string, string[]>();
    for (const one of all.filter(inside)) graph.set(one.from, [...(graph.get(one.from) ?? []), one.to]);
    expect(circlesIn(graph)).toEqual([]);
  });

  it('are found', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', ['e']],
      ['e', []],
    ]);
    expect(circlesIn(graph)).toEqual(['a, b, c']);
  });
});

/** Groups of nodes that reach each other (Tarjan's strongly connected components), each as one line. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[] = [];
  const visit = (node: string): void => {
    const number = order.size;
    order.set(node, number);
    lowest.set(node, number);
    open.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(node, Math.min(lowest.get(node) ?? number, lowest.get(next) ?? number));
    }
    if (lowest.get(node) !== number) return;
    const group = open.splice(open.indexOf(node));
    if (group.length > 1) circles.push(group.sort().join(', '));
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles.sort();
}
