import { describe, expect, test } from 'vitest';
import { importHaproxy } from '../../haproxy/index.ts';
import { alone, problemsOf, remarksOf, valueAt } from '../cluster/golden.ts';

/** One backend with these lines and one server; its remarks without those that every file without a socket has. */
function imported(lines: readonly string[], server = 'server a 10.0.0.1:80 check') {
  const made = importHaproxy(alone(['backend b', ...lines, server].join('\n'), 'h.cfg'));
  expect(problemsOf(made)).toEqual([]);
  const usual = /and there is none: add `stats socket|stays in the table although|once it was ok for 30s/;
  const remarks = remarksOf(made).filter((text) => !usual.test(text));
  return { monitors: Object.values(valueAt(made, 'monitors') ?? {}), remarks, made };
}

const tcp = (port = 80) => ({ type: 'tcp', port });

describe('a check without rules', () => {
  test.each<[string, object, string[]]>([
    ['server a 10.0.0.1:80 check', tcp(), []],
    ['server a 10.0.0.1 check port 8080', tcp(8080), []],
    ['server a 10.0.0.1:80 check inter 500', { ...tcp(), interval: '500ms', timeout: '500ms' }, []],
    [
      'server a 10.0.0.1:80 check fastinter 50ms fall 1 rise 5',
      { ...tcp(), fall: 1, rise: 5, retry_interval: '50ms' },
      [],
    ],
    ['server a ipv4@10.0.0.1:80 check', tcp(), []],
    ['server a ::1:80 check', tcp(), []],
    ['server a [::1]:80 check', tcp(), []],
    ['server a 10.0.0.1:80 check addr 10.0.0.1', tcp(), []],
    [
      'server a 10.0.0.1:80 check addr 10.0.0.9 port 81',
      tcp(81),
      ['2: changed: the check goes to `10.0.0.1` itself, not to `10.0.0.9`'],
    ],
    [
      'server a 10.0.0.1:443 check check-ssl',
      tcp(443),
      ['2: changed: a check over TLS is a TCP connect to port 443 here, without TLS'],
    ],
    ['server a 10.0.0.1:80 check inter 2x', tcp(), ['2: skipped: expected a time such as 500, 500ms or 2s, got `2x`']],
    [
      'server a 10.0.0.1:80 check downinter 30s',
      tcp(),
      ['2: skipped: `downinter`: a failing server is checked at its `interval` here'],
    ],
    ['server a 10.0.0.1:80 check weight', tcp(), ['2: skipped: expected a value after `weight`, got none']],
  ])('%s', (server, monitor, remarks) => {
    expect(imported([], server)).toMatchObject({ monitors: [monitor], remarks });
  });

  test.each([
    ['server a 10.0.0.1 check', 'expected a port after the address, or `port`, for the check of this server, got none'],
    [
      'server a 10.0.0.1:+100 check',
      'expected a port after the address, or `port`, for the check of this server, got none',
    ],
    ['server a 10.0.0.1:80', 'it has no check, as in the file, so its failure is not noticed'],
    ['server a 10.0.0.1:80 check disabled', 'server `a` is disabled and not converted'],
    ['server a', 'server `a`: expected `server NAME ADDRESS:PORT`, got no address'],
    ['server', 'expected `server NAME ADDRESS:PORT`, got no address'],
    ['server a 0.0.0.0:80 check', 'server `a`: expected the address of one machine, not any address, got `0.0.0.0`'],
    ['server a *:80 check', 'server `a`: expected an IP address, got `*`'],
    [
      'server a unix@/run/a.sock check',
      'server `a`: expected an IP address and a port, got the socket `unix@/run/a.sock`',
    ],
  ])('%s has none here', (server, remark) => {
    const { monitors, remarks } = imported([], server);
    expect(monitors).toEqual([]);
    expect(remarks.join('\n')).toContain(remark);
  });
});

describe('httpchk', () => {
  const statuses = '(?:2\\d\\d|3\\d\\d)';
  const line = (status = statuses) => `/^HTTP\\/\\d\\.\\d ${status}/`;
  const body = (source: string, status = '\\d\\d\\d') => `/^HTTP\\/\\d\\.\\d ${status}[^]*?\\r?\\n\\r?\\n${source}/`;

  test.each<[lines: string[], send: string, expected: string, remarks: string[]]>([
    [['option httpchk'], 'OPTIONS / HTTP/1.0', line('[23]\\d\\d'), []],
    [['option httpchk /alive'], 'OPTIONS /alive HTTP/1.0', line('[23]\\d\\d'), []],
    [
      ['option httpchk GET /alive HTTP/1.1\\r\\nHost:\\ www'],
      'GET /alive HTTP/1.1\\r\\nHost: www\\r\\nConnection: close',
      line('[23]\\d\\d'),
      [],
    ],
    [
      ['option httpchk', 'http-check send meth HEAD uri /x ver HTTP/1.1 hdr Host www hdr X-A "b c" comment hm'],
      'HEAD /x HTTP/1.1\\r\\nHost: www\\r\\nX-A: b c\\r\\nConnection: close',
      line('[23]\\d\\d'),
      [],
    ],
    [['option httpchk', 'http-check expect status 200,204'], 'OPTIONS / HTTP/1.0', line('(?:200|204)'), []],
    [
      ['option httpchk', 'http-check expect ! status 500-599'],
      'OPTIONS / HTTP/1.0',
      line('(?:1\\d\\d|2\\d\\d|3\\d\\d|4\\d\\d)'),
      [],
    ],
    [['option httpchk', 'http-check expect rstatus ^[23]0[01]'], 'OPTIONS / HTTP/1.0', line('(?:200|201|300|301)'), []],
    [['option httpchk', 'http-check expect string a.b'], 'OPTIONS / HTTP/1.0', body('[^]*?(?:a\\.b)'), []],
    [['option httpchk', 'http-check expect rstring ^ok$'], 'OPTIONS / HTTP/1.0', body('(?:ok$)'), []],
    [
      ['option httpchk', 'http-check expect status 200', 'http-check expect string a', 'http-check expect string b'],
      'OPTIONS / HTTP/1.0',
      body('(?=[^]*?(?:a))[^]*?(?:b)', '200'),
      [],
    ],
    [
      ['option httpchk', 'http-check expect ! string bad', 'http-check send-state', 'http-check disable-on-404'],
      'OPTIONS / HTTP/1.0',
      line('[23]\\d\\d'),
      [
        '3: skipped: `http-check expect ! string bad`: text that must not be in an answer is not checked',
        '4: skipped: `http-check send-state`: there is no equivalent here',
        '5: changed: an answer of 404 is a failure here, not a drain; `understudy drain` does that manually',
      ],
    ],
    [
      [
        'option httpchk GET /a\\ b',
        'http-check expect rstring (',
        'http-check expect hdr name X value y',
        'http-check expect',
      ],
      'GET / HTTP/1.0',
      line('[23]\\d\\d'),
      [
        '2: skipped: expected a path without blanks, got `/a b`',
        '3: skipped: expected a regular expression that JavaScript reads, got `(`',
        '4: skipped: `http-check expect hdr name X value y`: only the status and the body of an answer are checked',
        '5: skipped: expected a text to find, got `http-check expect`',
      ],
    ],
    [
      ['option httpchk', 'http-check send hdr Host %[env(X)] lf-body y'],
      'OPTIONS / HTTP/1.0',
      line('[23]\\d\\d'),
      [
        '3: skipped: `Host: %[env(X)]`: its value is not known here',
        '3: skipped: `lf-body y` is not understood in http-check send',
      ],
    ],
  ])('%j', (lines, send, expected, remarks) => {
    const made = imported(lines);
    expect(made.remarks).toEqual(remarks);
    expect(made.monitors).toEqual([{ type: 'tcp', port: 80, send: `${send}\\r\\n\\r\\n`, expect: expected }]);
  });

  test('sends a body with its length, and a PROXY line first to a server that wants one', () => {
    const lines = ['option httpchk', 'http-check send meth POST uri /x body hey'];
    const send = 'PROXY UNKNOWN\\r\\nPOST /x HTTP/1.0\\r\\nContent-Length: 3\\r\\n\\r\\nhey';
    expect(imported(lines, 'server a 10.0.0.1:80 check send-proxy').monitors).toMatchObject([{ send }]);
  });

  test('goes to the port of its connect, and is a connect over TLS', () => {
    const lines = ['option httpchk', 'http-check connect port 8443 ssl sni x'];
    const { monitors, remarks } = imported(lines);
    expect(monitors).toEqual([tcp(8443)]);
    expect(remarks).toEqual([
      '3: skipped: `http-check connect port 8443 ssl sni x`: `sni x` is not understood',
      '4: changed: httpchk is a TCP connect to port 8443 here, without TLS',
    ]);
  });
});

describe('tcp-check', () => {
  test.each<[lines: string[], monitors: object[], remarks: string[]]>([
    [['option tcp-check'], [tcp()], []],
    [['tcp-check connect', 'tcp-check connect port 81'], [tcp(), tcp(81)], []],
    [
      ['tcp-check send PING\\r\\n', 'tcp-check expect string +PONG'],
      [{ ...tcp(), send: 'PING\\r\\n', expect: '+PONG' }],
      [],
    ],
    [
      ['tcp-check send-binary 0350ff', 'tcp-check expect binary 03'],
      [{ ...tcp(), send: '\\x03P\\xff', expect: '\\x03' }],
      [],
    ],
    [['tcp-check expect rstring ^220'], [{ ...tcp(), expect: '/^220/' }], []],
    [['tcp-check expect string /x/'], [{ ...tcp(), expect: '\\x2fx/' }], []],
    [
      ['tcp-check send A', 'tcp-check expect string a.', 'tcp-check send B', 'tcp-check expect string b'],
      [{ ...tcp(), send: 'AB', expect: '/a\\.[^]*?b/' }],
      ['2: changed: everything is sent at once here, and the answers are expected in this order'],
    ],
    [['tcp-check send QUIT'], [tcp()], ['2: changed: nothing is expected: a TCP connect to port 80 instead']],
    [
      ['tcp-check send-binary 0', 'tcp-check expect ! string x', 'tcp-check set-var(check.x) int(1)'],
      [tcp()],
      [
        '3: skipped: expected pairs of hexadecimal digits, got `0`',
        '4: skipped: `tcp-check expect ! string x`: text that must not be in an answer is not checked',
        '5: skipped: `tcp-check set-var(check.x) int(1)`: there is no equivalent here',
      ],
    ],
  ])('%j', (lines, monitors, remarks) => {
    const whole = lines[0]?.startsWith('option') === true ? lines : ['option tcp-check', ...lines];
    expect(imported(whole)).toMatchObject({ monitors, remarks });
  });
});

test.each<[string, object, string | null]>([
  ['redis-check', { ...tcp(), send: '*1\\r\\n$4\\r\\nPING\\r\\n', expect: '/^\\+PONG/' }, null],
  ['smtpchk', { ...tcp(), expect: '/^220/' }, 'waits for the greeting'],
  ['mysql-check user x', tcp(), 'there is no monitor like mysql-check yet: a TCP connect to port 80 instead'],
  ['ssl-hello-chk', tcp(), 'there is no monitor like ssl-hello-chk yet: a TCP connect to port 80 instead'],
])('option %s', (option, monitor, remark) => {
  const { monitors, remarks } = imported([`option ${option}`]);
  expect(monitors).toEqual([monitor]);
  expect(remarks).toHaveLength(remark === null ? 0 : 1);
  expect(remarks.join()).toContain(remark ?? '');
});

describe('defaults', () => {
  const made = (text: string) => importHaproxy(alone(text, 'h.cfg'));

  test('are those above, or those that are named, and theirs', () => {
    const text = [
      'defaults one',
      'option httpchk GET /one',
      'timeout check 300',
      'defaults two from one',
      'http-check expect status 204',
      'defaults three',
      'backend a from two',
      'server a 10.0.0.1:80 check',
      'backend b',
      'server b 10.0.0.2:80 check',
      'backend c from one',
      'no option httpchk',
      'server c 10.0.0.3:80 check',
    ].join('\n');
    const monitors = valueAt(made(text), 'monitors');
    expect(monitors).toEqual({
      'http-80': {
        ...{ type: 'tcp', port: 80, send: 'GET /one HTTP/1.0\\r\\n\\r\\n', expect: '/^HTTP\\/\\d\\.\\d 204/' },
        timeout: '300ms',
      },
      'tcp-80': { type: 'tcp', port: 80 },
      'tcp-80-2': { type: 'tcp', port: 80, timeout: '300ms' },
    });
  });

  test('default-server holds for the servers below it, and a server has the last word', () => {
    const text = [
      'defaults',
      'default-server check inter 5s',
      'backend a',
      'server a 10.0.0.1:80',
      'default-server inter 7s fall 4',
      'server b 10.0.0.2:80 fall 5',
      'server c 10.0.0.3:80 no-check',
    ].join('\n');
    expect(valueAt(made(text), 'monitors')).toEqual({
      'tcp-80': { type: 'tcp', port: 80, interval: '5s', timeout: '5s' },
      'tcp-80-2': { type: 'tcp', port: 80, interval: '7s', timeout: '7s', fall: 5 },
    });
    expect(remarksOf(made(text))).toContain(
      '7: changed: it has no check, as in the file, so its failure is not noticed',
    );
  });
});

test('servers of one name in several backends have that of the backend in front', () => {
  const text = ['backend x', 'server s1 10.0.0.1:80 check', 'backend y', 'server s1 10.0.0.2:80 check'].join('\n');
  const { document } = importHaproxy(alone(text));
  expect(Object.keys(document.sections['servers'] ?? {})).toEqual(['s1', 'y-s1']);
  expect(document.comments.get('servers.y-s1')).toEqual(['In HAProxy y/s1']);
});

test('a server that tracks nobody gets the least check there is', () => {
  const { monitors, remarks } = imported([], 'server a 10.0.0.1:80 check track b/a');
  expect(monitors).toEqual([tcp()]);
  expect(remarks).toEqual([
    '2: skipped: `track` goes in a circle, or over more than 8 servers',
    '2: changed: no check of this server was found; it is checked by a TCP connect to port 80',
  ]);
});
