/** Utilisation over time as an SVG: one small picture for each law, the same axes in all. */
import type { Sample } from './simulate.ts';

export interface Panel {
  readonly title: string;
  readonly note: string;
  readonly samples: readonly Sample[];
}

const width = 760;
const plot = { left: 58, width: 580, height: 130 };
const rowHeight = 186;
const headHeight = 74;
const footHeight = 16;
const topUtilisation = 1.6;
const stepS = 20;

export function drawPanels(panels: readonly Panel[], servers: readonly string[]): string {
  const height = headHeight + panels.length * rowHeight + footHeight;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t">`,
    '<title id="t">How full three video servers are in one hour, by the controller that sets their weights</title>',
    style(),
    `<rect class="paper" width="${width}" height="${height}" rx="6"/>`,
    text(16, 28, 'How full three servers are, by the controller that sets their weights', 'head'),
    text(
      16,
      48,
      'Viewers as a part of those that each can carry (in brackets); the controller is enabled at 0. Simulated, wlc.',
      'quiet',
    ),
    ...panels.flatMap((panel, at) => row(panel, servers, headHeight + at * rowHeight)),
    text(plot.left + plot.width + 18, height - footHeight - 14, 'minutes', 'quiet'),
    '</svg>',
  ].join('\n')}\n`;
}

/** One style sheet for both kinds of paper; colours told apart without red and green; the first line shows under others. */
function style(): string {
  return `<style>
  .paper{fill:#ffffff} .grid{stroke:#d0d7de;stroke-width:1} .limit{stroke:#57606a;stroke-width:1.2;stroke-dasharray:5 4} .on{stroke:#8c959f;stroke-width:1}
  text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328} .head{font-size:15px;font-weight:600} .title{font-size:13px;font-weight:600}
  .quiet{fill:#57606a} .middle{text-anchor:middle} .end{text-anchor:end}
  .line{fill:none;stroke-width:1.8;stroke-linejoin:round} .s0{stroke:#0969da;stroke-width:3.6} .s1{stroke:#1a7f64} .s2{stroke:#bc4c00} .t0{fill:#0969da} .t1{fill:#1a7f64} .t2{fill:#bc4c00}
  @media (prefers-color-scheme: dark){.paper{fill:#0d1117} .grid{stroke:#30363d} .limit{stroke:#9198a1} .on{stroke:#6e7681} text{fill:#e6edf3} .quiet{fill:#9198a1}
  .s0{stroke:#58a6ff} .s1{stroke:#3fb99a} .s2{stroke:#f0883e} .t0{fill:#58a6ff} .t1{fill:#3fb99a} .t2{fill:#f0883e}}
</style>`;
}

function row({ title, note, samples }: Panel, servers: readonly string[], top: number): readonly string[] {
  const fromS = samples[0]?.atS ?? 0;
  const toS = samples.at(-1)?.atS ?? 1;
  const x = (atS: number): number => plot.left + ((atS - fromS) / (toS - fromS)) * plot.width;
  const base = top + 26 + plot.height;
  const y = (part: number): number => base - (Math.min(topUtilisation, part) / topUtilisation) * plot.height;
  const shown = samples.filter(({ atS }) => (atS - fromS) % stepS === 0);
  const ends = spread(servers.map((_, at) => y(samples.at(-1)?.utilisations[at] ?? 0)));
  return [
    text(plot.left, top + 12, title, 'title'),
    text(plot.left + plot.width, top + 12, note, 'quiet end'),
    ...[0, 0.5, 1, 1.5].flatMap((part) => [
      line(plot.left, y(part), plot.left + plot.width, y(part), part === 1 ? 'limit' : 'grid'),
      text(plot.left - 6, y(part) + 4, `${part * 100} %`, 'quiet end'),
    ]),
    line(x(0), top + 26, x(0), base, 'on'),
    ...minutes(fromS, toS).map((minute) => text(x(minute * 60), base + 16, `${minute}`, 'quiet middle')),
    ...servers.flatMap((name, at) => [
      `<polyline class="line s${at}" points="${shown.map((one) => `${short(x(one.atS))},${short(y(one.utilisations[at] ?? 0))}`).join(' ')}"/>`,
      text(plot.left + plot.width + 8, (ends[at] ?? 0) + 4, name, `t${at}`),
    ]),
  ];
}

/** Labels at the ends of lines that meet, moved apart. */
function spread(places: readonly number[]): readonly number[] {
  const gap = 14;
  const order = places.map((place, at) => ({ place, at })).sort((a, b) => a.place - b.place);
  const middle = places.reduce((sum, place) => sum + place, 0) / places.length;
  let last = Number.NEGATIVE_INFINITY;
  const moved = order.map(({ place, at }) => {
    last = Math.max(place, last + gap);
    return { at, place: last };
  });
  const shift = middle - moved.reduce((sum, { place }) => sum + place, 0) / moved.length;
  return moved.sort((a, b) => a.at - b.at).map(({ place }) => place + shift);
}

function minutes(fromS: number, toS: number): readonly number[] {
  const every = 15;
  const first = Math.ceil(fromS / 60 / every) * every;
  return Array.from({ length: Math.floor((toS / 60 - first) / every) + 1 }, (_, at) => first + at * every);
}

function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line class="${kind}" x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}"/>`;
}

function text(x: number, y: number, words: string, kind: string): string {
  const safe = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text class="${kind}" x="${short(x)}" y="${short(y)}">${safe}</text>`;
}

function short(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}
