/** The `server` lines of a backend, with what `default-server` says above them. */
import { parseAddress } from '../../../src/config/addresses.ts';
import { portIn } from '../cluster/numbers.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { leftOf, overlaid, type Parameters, readParameters } from './parameters.ts';
import { type Rules, rulesOf } from './rules.ts';
import { inherited, type Line, type Section } from './sections.ts';

export interface Server {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number | null;
  readonly parameters: Parameters;
  readonly rules: Rules;
  readonly line: Line;
}

export interface Backend {
  readonly section: Section;
  readonly servers: readonly Server[];
  /** Parameters of its servers that have no meaning here. */
  readonly left: readonly string[];
}

/** Lines that are read here are added to `taken`. null: it has no servers, as a frontend. */
export function backendOf(section: Section, taken: Set<Line>, remarks: Remarks): Backend | null {
  if (section.kind === 'frontend') return null;
  const lines = section.lines.filter(({ words: [keyword = ''] }) => /^server(-template)?$/.test(keyword));
  if (lines.length === 0) return null;
  const rules = rulesOf(section, remarks);
  const [, ...above] = inherited(section);
  let usual: Parameters = new Map();
  const readUsual = (line: Line) => {
    taken.add(line);
    usual = overlaid(usual, readParameters(line.words.slice(1), line, remarks));
  };
  for (const line of above.reverse().flatMap((one) => one.lines))
    if (line.words[0] === 'default-server') readUsual(line);

  const servers: Server[] = [];
  const firstOf = new Map<string, Line>();
  const bindPort = bindPortIn(section);
  for (const line of section.lines) {
    const [keyword, name = '', where = '', ...words] = line.words;
    if (keyword === 'default-server') readUsual(line);
    if (keyword === 'server-template') {
      taken.add(line);
      remarks.skipped(
        line.place,
        `${shown(line.words.slice(0, 4).join(' '))}: write a server for each of its addresses`,
      );
    }
    if (keyword !== 'server') continue;
    taken.add(line);
    const first = firstOf.get(name);
    if (first !== undefined && name !== '') {
      const text = `server \`${name}\` is in line ${first.place.line} already; HAProxy refuses a second server of one name`;
      remarks.skipped(line.place, text);
      continue;
    }
    firstOf.set(name, line);
    const found = where === '' ? 'expected `server NAME ADDRESS:PORT`, got no address' : addressIn(where);
    if (typeof found === 'string') {
      remarks.skipped(line.place, name === '' ? found : `server \`${name}\`: ${found}`);
      continue;
    }
    const parameters = overlaid(usual, readParameters(words, line, remarks));
    if (parameters.has('disabled')) {
      const why = 'add it to the file when it shall serve; `understudy disable` takes a server out manually';
      remarks.skipped(line.place, `server \`${name}\` is disabled and not converted: ${why}`);
      continue;
    }
    const port = found.port ?? bindPort;
    servers.push({ backend: section.name, name, address: found.address, port, parameters, rules, line });
  }
  const left = leftOf(
    servers.map(({ parameters }) => parameters),
    section.lines,
  );
  return { section, servers, left };
}

/** A server without a port is reached on the one to which viewers connect. */
function bindPortIn({ lines, bind: old }: Section): number | null {
  const bind = lines.find(({ words }) => words[0] === 'bind');
  const first = (bind?.words[1] ?? old ?? '').split(',')[0] ?? '';
  return portIn(/:(\d+)$/.exec(first)?.[1]);
}

/** Where a check goes, if not to the server's own port. */
export function checkPortOf({ parameters, port, address }: Server, remarks: Remarks): number | null {
  const own = parameters.get('port');
  const elsewhere = parameters.get('addr');
  if (elsewhere !== undefined) {
    const parsed = parseAddress(elsewhere.value);
    if (!('ok' in parsed && parsed.ok === address)) {
      const text = `the check goes to \`${address}\` itself, not to ${shown(elsewhere.value)}`;
      remarks.changed(elsewhere.line.place, text);
    }
  }
  if (own === undefined) return port;
  const read = portIn(own.value);
  if (read === null) remarks.expected(own.line.place, 'a port from 1 to 65535', own.value);
  return read ?? port;
}

export interface Where {
  readonly address: string;
  /** null: that to which the viewer connected. */
  readonly port: number | null;
}

/** A text says why it cannot be converted. */
export function addressIn(text: string): Where | string {
  const [, family = '', rest = text] = /^([a-z0-9+]+)@(.*)$/i.exec(text) ?? [];
  if (text.includes('$')) return `expected an IP address, got the variable ${shown(text)}`;
  if (/^(unix|abnsz?|sockpair|fd|uxst|uxdg|rhttp|quic[46])/.test(family) || rest.startsWith('/')) {
    return `expected an IP address and a port, got the socket ${shown(text)}`;
  }
  // The last colon is that of the port, unless brackets say otherwise.
  const [, host = '', port] = /^(\[[^\]]*\]|.*?)(?::([^:\]]*))?$/.exec(rest) ?? [];
  const parsed = parseAddress(host);
  if (!('ok' in parsed)) return `expected ${parsed.expected}, got ${shown(host === '' ? text : host)}`;
  if (port === undefined || port === '' || port === '0') return { address: parsed.ok, port: null };
  if (/^[+-]/.test(port)) return { address: parsed.ok, port: null };
  const number = portIn(port);
  return number === null ? `expected a port from 1 to 65535, got ${shown(port)}` : { address: parsed.ok, port: number };
}
