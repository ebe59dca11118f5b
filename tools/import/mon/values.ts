/** Values as mon writes them. */

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `10s`, `1.5m`, `2h`, `1d` as ms; null: no time, or none at all. */
export function timevalMs(text: string): number | null {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*([smhd])$/i.exec(text);
  const ms = match === null ? 0 : Math.round(Number(match[1]) * (unitMs[(match[2] ?? '').toLowerCase()] ?? 0));
  return ms > 0 ? ms : null;
}

/** A `period` that leaves no moment out (Time::Period). */
export function isAlways(when: string): boolean {
  const plain = when.toLowerCase().replaceAll(/\s+/g, '');
  if (plain === '') return true;
  const scales = [...plain.matchAll(/([a-z]+)\{([^{}]*)\}/g)];
  return scales.map(([whole]) => whole).join('') === plain && scales.every(([, scale, range]) => isWhole(scale, range));
}

const days = ['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'];

function isWhole(scale = '', range = ''): boolean {
  const [from = '', to = '', ...more] = range.split('-');
  if (more.length > 0) return false;
  switch (scale) {
    case 'wd':
    case 'wday': {
      const [first, last] = [dayOf(from), dayOf(to)];
      return first >= 0 && last >= 0 && (last + 1) % 7 === first;
    }
    case 'hr':
    case 'hour':
      return range === '0-23' || range === '12am-11pm';
    default:
      return false;
  }
}

function dayOf(text: string): number {
  return /^[1-7]$/.test(text) ? Number(text) - 1 : days.indexOf(text.slice(0, 2));
}
