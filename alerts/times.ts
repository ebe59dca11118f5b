/** Times and durations as people read them. */

/** `2026-11-21 03:12:04 UTC` */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `03:12:04.005` in UTC, for what happens within one second. */
export function utcClock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

/** `2026-11-21 04:12:04 Europe/Vienna`; null when the zone is UTC itself. */
export function local(ms: number, zone: string): string | null {
  if (zone === 'UTC' || zone === 'Etc/UTC') return null;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return `${format.format(ms)} ${zone}`;
}

/** `02:10-02:24 UTC`, with the dates when there are two. */
export function span(fromMs: number, toMs: number): string {
  const [fromDay = '', fromTime = ''] = utc(fromMs).split(' ');
  const [toDay = '', toTime = ''] = utc(toMs).split(' ');
  const [from, to] = [fromTime.slice(0, 5), toTime.slice(0, 5)];
  return fromDay === toDay ? `${from}-${to} UTC` : `${fromDay} ${from} - ${toDay} ${to} UTC`;
}

/** `45 s`, `14 min`, `2 h 5 min`, `3 d 4 h` */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** `4.3 ms`, `14 ms`, `1.2 s` */
export function shortTime(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
