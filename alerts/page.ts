/** A email before it is text or HTML: both say the same. */

export interface Page {
  readonly title: string;
  readonly tone: 'bad' | 'warning' | 'good' | 'plain';
  /** Label and lines. */
  readonly facts: readonly (readonly [string, readonly string[]])[];
  readonly lists: readonly { readonly title: string; readonly items: readonly Item[] }[];
  /** What to type next, and what for. */
  readonly commands: readonly (readonly [string, string])[];
  readonly footer: string;
}

export interface Item {
  readonly text: string;
  /** More about it, perhaps of several lines; empty: nothing. */
  readonly note: string;
}

/** Narrow enough for a phone: no columns, nothing that needs a fixed-width font. */
export function pageText(page: Page): string {
  const blocks = [
    page.title,
    page.facts.map(([label, lines]) => `${label}: ${lines.join('\n  ')}`).join('\n'),
    ...page.lists.map(({ title, items }) => [title, ...items.map(itemText)].join('\n')),
    page.commands.length === 0
      ? ''
      : ['What to do', ...page.commands.map(([line, why]) => `  ${line}\n    ${why}`)].join('\n'),
    `-- \n${page.footer}`,
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function itemText({ text, note }: Item): string {
  const lines = note === '' ? [] : note.split('\n').map((line) => `  ${line}`);
  return [`- ${text}`, ...lines].join('\n');
}

const toneColours = { bad: '#b3261e', warning: '#8a5a00', good: '#1b6e3c', plain: '#45505c' } as const;
const line = 'border-top:1px solid rgba(128,128,128,.4);padding:6px 12px 6px 0;text-align:left;vertical-align:top';

/** Text and background are the reader's own, so that a dark screen stays dark; styles are inline as mail wants them. */
export function pageHtml(page: Page): string {
  const facts = page.facts.map(
    ([label, lines]) => `<tr><th style="${line}">${escapeHtml(label)}</th><td style="${line}">${many(lines)}</td></tr>`,
  );
  const lists = page.lists.map(
    ({ title, items }) =>
      `<h2 style="font-size:15px;margin:18px 0 4px">${escapeHtml(title)}</h2><table style="border-collapse:collapse">` +
      `${items.map(itemHtml).join('')}</table>`,
  );
  const commands = page.commands.map(
    ([command, why]) =>
      `<tr><td style="${line}"><code>${escapeHtml(command)}</code></td><td style="${line}">${escapeHtml(why)}</td></tr>`,
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
    `<title>${escapeHtml(page.title)}</title></head>`,
    '<body style="font:15px/1.45 system-ui,sans-serif;margin:0;padding:12px;max-width:640px">',
    `<h1 style="font-size:17px;margin:0 0 12px;padding:8px 12px;color:#fff;background:${toneColours[page.tone]}">`,
    `${escapeHtml(page.title)}</h1>`,
    `<table style="border-collapse:collapse">${facts.join('')}</table>`,
    ...lists,
    commands.length === 0 ? '' : '<h2 style="font-size:15px;margin:18px 0 4px">What to do</h2>',
    commands.length === 0 ? '' : `<table style="border-collapse:collapse">${commands.join('')}</table>`,
    `<p style="opacity:.7;font-size:13px;margin:18px 0 0">${escapeHtml(page.footer)}</p></body></html>`,
  ]
    .filter((part) => part !== '')
    .join('\n')
    .concat('\n');
}

function itemHtml({ text, note }: Item): string {
  const more = note === '' ? '' : `<br><span style="opacity:.75">${many(note.split('\n'))}</span>`;
  return `<tr><td style="${line}">${escapeHtml(text)}${more}</td></tr>`;
}

function many(lines: readonly string[]): string {
  return lines.map(escapeHtml).join('<br>');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
