import { child, childrenOf, type Element, parseXml } from './elements.ts';
import type { Application, RtmpStat, RtmpStream, StreamKind } from './stat.ts';

const kinds: readonly StreamKind[] = ['live', 'play'];

export type StatProblem = 'another document' | 'broken XML';

/** Characters that XML 1.0 does not allow (section 2.2). nginx copies the names of players unescaped. */
const notXml = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Anything else is a problem: a truncated document must not look like a server with fewer streams. */
export function parseStat(body: string): RtmpStat | StatProblem {
  const text = body.replace(/^\uFEFF/, '').replaceAll(notXml, '\uFFFD');
  const root = parseXml(text);
  if (root === null) return /^\s*(<\?xml[^>]*>\s*)?<rtmp[\s>]/.test(text) ? 'broken XML' : 'another document';
  if (root.name !== 'rtmp') return 'another document';
  return {
    pid: numberIn(root, 'pid'),
    uptimeS: numberIn(root, 'uptime'),
    bwIn: numberIn(root, 'bw_in') ?? 0,
    bwOut: numberIn(root, 'bw_out') ?? 0,
    applications: childrenOf(root, 'server').flatMap((server) => childrenOf(server, 'application').map(application)),
  };
}

function application(element: Element): Application {
  return {
    name: textIn(element, 'name'),
    streams: kinds.flatMap((kind) =>
      childrenOf(element, kind).flatMap((list) => childrenOf(list, 'stream').map((one) => stream(one, kind))),
    ),
  };
}

function stream(element: Element, kind: StreamKind): RtmpStream {
  const clients = childrenOf(element, 'client');
  const publisher = clients.find((client) => child(client, 'publishing') !== undefined);
  return {
    name: textIn(element, 'name'),
    kind,
    ageMs: numberIn(element, 'time'),
    bytesIn: numberIn(element, 'bytes_in'),
    bwIn: numberIn(element, 'bw_in') ?? 0,
    bwOut: numberIn(element, 'bw_out') ?? 0,
    clients: numberIn(element, 'nclients') ?? clients.length,
    publishing: publisher !== undefined || child(element, 'publishing') !== undefined,
    timestamp: publisher === undefined ? null : numberIn(publisher, 'timestamp'),
  };
}

function textIn(element: Element, name: string): string {
  return child(element, name)?.text.trim() ?? '';
}

/** Counters are integers of at least 0; 16 digits exceed any of them and still fit a double. */
function numberIn(element: Element, name: string): number | null {
  const text = textIn(element, name);
  return /^\d{1,16}$/.test(text) ? Number(text) : null;
}
