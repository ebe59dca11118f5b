// `node scripts/terminal-svg.mjs`: runs the demo, kills edge1, and draws what `understudy status` shows on a terminal of
// 100 columns into docs/terminal.svg. Needs script(1) of util-linux.
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

const columns = 100;
const escapeByte = String.fromCharCode(27);
const hues = ['#f38ba8', '#a6e3a1', '#f9e2af', '#89b4fa', '#f5c2e7', '#89dceb'];
const colours = Object.fromEntries(
  hues.flatMap((hue, at) => [
    [31 + at, hue],
    [91 + at, hue],
  ]),
);

setUp();
const demo = spawn(process.execPath, [join(root, 'dist/demo/demo.js')], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let said = '';
demo.stdout.on('data', (bytes) => {
  said += bytes;
});
try {
  const pid = Number(
    await until(() => /kill (\d+)[^\n]*edge1|edge1[^\n]*kill (\d+)/.exec(said)?.slice(1).find(Boolean)),
  );
  await until(() => status().includes('all 3 servers ok'));
  process.kill(pid, 'SIGKILL');
  await until(() => status().includes('stands in') || status().includes('standing in'));
  writeFileSync(join(root, 'docs/terminal.svg'), svgOf(status()));
  console.log('docs/terminal.svg');
} finally {
  demo.kill('SIGTERM');
}

function status() {
  const main = join(root, 'dist/src/main.js');
  const command = `stty cols ${columns}; node ${main} status --socket demo/state/control.sock`;
  const env = { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' };
  delete env.NO_COLOR;
  return spawnSync('script', ['-qec', command, '/dev/null'], { cwd: root, env, encoding: 'utf8' }).stdout;
}

async function until(look) {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the demo did not get there; it printed:\n${said}`);
}

/** One text element a line, one tspan a run of one style. */
function svgOf(text) {
  const [width, lineHeight] = [8.43, 19];
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll('\r', ''));
  const rows = ['$ understudy status', ...lines].map((line, at) => {
    return `<text x="16" y="${30 + at * lineHeight}" xml:space="preserve">${runsOf(line)}</text>`;
  });
  const size = `width="${Math.round(columns * width + 32)}" height="${rows.length * lineHeight + 30}"`;
  const font = 'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="14"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font} fill="#cdd6f4">`,
    '<title>understudy status: edge1 failed, spare stands in</title>',
    '<rect width="100%" height="100%" rx="8" fill="#1e1e2e"/>',
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

function runsOf(line) {
  let style = '';
  return line
    .split(new RegExp(`${escapeByte}\\[([\\d;]*)m`))
    .map((part, at) => {
      if (at % 2 === 1) {
        style = styleOf(part);
        return '';
      }
      const safe = part.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
      return safe === '' || style === '' ? safe : `<tspan ${style}>${safe}</tspan>`;
    })
    .join('');
}

function styleOf(codes) {
  return codes
    .split(';')
    .flatMap((code) => {
      if (code === '1') return 'font-weight="bold"';
      if (code === '2') return 'fill-opacity="0.6"';
      return colours[code] === undefined ? [] : `fill="${colours[code]}"`;
    })
    .join(' ');
}
