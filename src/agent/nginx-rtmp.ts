/** Reads nginx-rtmp's `/stat` page: publishers and players. HLS viewers are not in it: they use plain HTTP. */
import { type Reading, withoutFigures } from './reading.ts';

const names = ['publishers', 'subscribers'] as const;
const deepest = 32;

/** A truncated page or another page gives no figures. */
export function readNginxRtmp(body: string): Reading {
  const paths: string[][] = [];
  const open: string[] = [];
  let publishers = 0;
  let clients = 0;
  for (const [, closing, name = '', single] of body.matchAll(/<(\/?)([A-Za-z_][\w.-]*)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (closing === '/') {
      if (open.pop() !== name) return other();
      if (open.length === 0) paths.push([name]);
      continue;
    }
    if (name === 'client' && open.at(-1) === 'stream') clients += 1;
    if (name === 'publishing' && open.at(-1) === 'client') publishers += 1;
    if (single !== '/') open.push(name);
    if (open.length > deepest) return other();
  }
  const isWhole = open.length === 0 && paths.length === 1 && paths[0]?.[0] === 'rtmp';
  return isWhole ? { figures: { publishers, subscribers: clients - publishers }, missing: {} } : other();
}

function other(): Reading {
  return withoutFigures(names, 'no nginx-rtmp statistics');
}
