import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStat } from '../../../monitors/nginx-rtmp/parse-stat.ts';
import { sample } from '../sample.ts';

const live = sample('nginx-rtmp/stat-live-1pub-1play.xml').toString();

function page(application: string): string {
  return `<rtmp><pid>1</pid><server><application><name>live</name>${application}</application></server></rtmp>`;
}

describe('the statistics of nginx-rtmp', () => {
  it('are read from a captured page with a publisher and a player', () => {
    expect(parseStat(live)).toEqual({
      pid: 19302,
      uptimeS: 45,
      bwIn: 308984,
      bwOut: 278848,
      applications: [
        {
          name: 'live',
          streams: [
            {
              name: 'test',
              kind: 'live',
              ageMs: 44653,
              bytesIn: 1546580,
              bwIn: 304688,
              bwOut: 274320,
              clients: 2,
              publishing: true,
              timestamp: 44623,
            },
          ],
        },
        { name: 'closed', streams: [] },
      ],
    });
  });

  it('know a stream that is only waited for from one that is published', () => {
    const waiting = sample('nginx-rtmp/stat-player-waiting-no-publisher.frag.xml').toString();
    const stat = parseStat(page(waiting.replace('<name>live</name>', '')));
    expect(stat).toMatchObject({ applications: [{ streams: [{ name: 'test', publishing: false, timestamp: null }] }] });
  });

  it('of an idle server list its applications', () => {
    const stat = parseStat(sample('nginx-rtmp/stat-idle.xml').toString());
    expect(stat).toMatchObject({
      applications: [
        { name: 'live', streams: [] },
        { name: 'closed', streams: [] },
      ],
    });
  });

  it('are read although a viewer named its player with bytes that XML does not allow', () => {
    const odd = live.replace(/<flashver>[^<]*/, '<flashver>\x01\x1b\uffff\x00');
    expect(odd).not.toBe(live);
    expect(parseStat(odd)).toEqual(parseStat(live));
  });

  it('keep a stream called 123, and one whose name is escaped, what they are called', () => {
    const stat = parseStat(
      page('<live><stream><name>123</name></stream><stream><name>a&amp;&lt;b</name></stream></live>'),
    );
    expect(stat).toMatchObject({ applications: [{ streams: [{ name: '123' }, { name: 'a&<b' }] }] });
  });

  it('of a stream without figures are zero or not known', () => {
    const stat = parseStat(
      page('<live><stream><name>a</name><bytes_in>-1</bytes_in><bw_in>1e9</bw_in></stream></live>'),
    );
    expect(stat).toMatchObject({ applications: [{ streams: [{ ageMs: null, bytesIn: null, bwIn: 0, clients: 0 }] }] });
  });

  it.each([
    ['an HTML page', '<html><body>It works</body></html>', 'another document'],
    ['nothing', '', 'another document'],
    ['text', 'not found', 'another document'],
    ['another root', '<status/>', 'another document'],
    ['two roots', '<rtmp></rtmp><rtmp></rtmp>', 'broken XML'],
    ['a wrong end tag', '<rtmp><pid></rtmp>', 'broken XML'],
    ['an entity of its own', '<rtmp><pid>&pid;</pid></rtmp>', 'broken XML'],
    ['nesting without end', `<rtmp>${'<a>'.repeat(100)}`, 'broken XML'],
    ['a type declaration', '<!DOCTYPE rtmp [<!ENTITY a "b">]><rtmp/>', 'another document'],
  ])('are not read from %s', (_name, body, problem) => {
    expect(parseStat(body)).toBe(problem);
  });

  it('are not read from a document that was cut, wherever', () => {
    const end = live.indexOf('</rtmp>') + '</rtmp>'.length;
    for (let size = live.indexOf('<rtmp>') + 6; size < end; size += 7) {
      expect(parseStat(live.slice(0, size))).toBe('broken XML');
    }
  });

  it('never make the parser throw', () => {
    const parts = fc.constantFrom(
      '<rtmp>',
      '</rtmp>',
      '<live>',
      '<stream>',
      '<name>',
      '</name>',
      '&#0;',
      '<![CDATA[',
      ']]>',
      '<?',
      '>',
    );
    fc.assert(fc.property(fc.array(fc.oneof(parts, fc.string())), (some) => void parseStat(some.join(''))));
  });
});
