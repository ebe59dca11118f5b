import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { alerts, createAlerts } from '../../alerts/index.ts';
import type { MailSettings } from '../../alerts/mail.ts';
import { type Action, type Notice, PermanentError } from '../../src/plugin/plugin.ts';
import { t0 } from '../store/rows.ts';
import { tempFolder } from '../store/temp-folder.ts';
import { type Misbehaviour, type Sink, startSink } from './smtp-sink.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const open = new AbortController().signal;

const notice: Notice = {
  id: '20261121T031204Z-edge1-4f2a.2',
  kind: 'recovered',
  server: 'edge1',
  incidentId: '20261121T031204Z-edge1-4f2a',
  subject: '[understudy] edge1 RECOVERED after 14 min: was rtsp refused',
  text: 'edge1 RECOVERED – “zurück”\n',
  html: '<!doctype html><p>edge1 RECOVERED</p>\n',
  references: ['<20261121T031204Z-edge1-4f2a.0@lb1>', '<20261121T031204Z-edge1-4f2a.1@lb1>'],
  atMs: t0,
};

function mailAction(settings: Partial<MailSettings>): Action {
  const mail = { relays: [], folder: null, from: 'understudy@lb1.example.org', timeoutMs: 10_000, ...settings };
  const alert = createAlerts(mail, 'lb1').get('mail');
  if (alert === undefined) throw new Error('expected a mail alert');
  return alert.prepare({ to: ['oncall@example.org'] });
}

async function sink(): Promise<Sink> {
  const started = await startSink();
  onTestFinished(() => started.close());
  return started;
}

function send(settings: Partial<MailSettings>, change: Partial<Notice> = {}, signal = open): Promise<void> {
  return mailAction(settings)('oncall@example.org', { ...notice, ...change }, { signal, log });
}

async function failure(sending: Promise<void>): Promise<Error> {
  try {
    await sending;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure, got a delivery');
}

/** A port of loopback where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server that is no mail server. */
async function rawServer(onConnect: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnect(socket);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const headersOf = (raw: string) => (raw.split('\r\n\r\n')[0] ?? '').replace(/\r\n[ \t]+/g, ' ').split('\r\n');

test('delivers text and HTML with the headers of its thread', async () => {
  const { port, mails } = await sink();
  await send({ relays: [`smtp://127.0.0.1:${port}`] });
  expect(mails).toHaveLength(1);
  const { from, to, raw } = mails[0] ?? { from: '', to: [], raw: '' };
  expect([from, to]).toEqual(['understudy@lb1.example.org', ['oncall@example.org']]);
  const headers = headersOf(raw);
  for (const header of [
    'From: understudy@lb1.example.org',
    'To: oncall@example.org',
    'Subject: [understudy] edge1 RECOVERED after 14 min: was rtsp refused',
    'Message-ID: <20261121T031204Z-edge1-4f2a.2@lb1>',
    'In-Reply-To: <20261121T031204Z-edge1-4f2a.0@lb1>',
    'References: <20261121T031204Z-edge1-4f2a.0@lb1> <20261121T031204Z-edge1-4f2a.1@lb1>',
    'Auto-Submitted: auto-generated',
    'X-Understudy-State: recovered',
    'X-Understudy-Incident: 20261121T031204Z-edge1-4f2a',
  ]) {
    expect(headers).toContain(header);
  }
  expect(raw).toContain('Content-Type: multipart/alternative');
  const [text, html] = [raw.indexOf('text/plain; charset=utf-8'), raw.indexOf('text/html; charset=utf-8')];
  expect(text).toBeGreaterThan(0);
  expect(html).toBeGreaterThan(text);
  expect(raw).toContain('edge1 RECOVERED =E2=80=93 =E2=80=9Czur=C3=BCck=E2=80=9D');
});

test('the first email of a thread answers nothing', async () => {
  const { port, mails } = await sink();
  await send({ relays: [`smtp://127.0.0.1:${port}`] }, { references: [], incidentId: null, kind: 'test', html: '' });
  const raw = mails[0]?.raw ?? '';
  expect(raw).not.toMatch(/^(In-Reply-To|References|X-Understudy-Incident):/im);
  expect(raw).toContain('Content-Type: text/plain');
});

test('a notice sent twice has the same Message-ID twice', async () => {
  const { port, mails } = await sink();
  await send({ relays: [`smtp://127.0.0.1:${port}`] });
  await send({ relays: [`smtp://127.0.0.1:${port}`] });
  const ids = mails.map(({ raw }) => headersOf(raw).find((header) => header.startsWith('Message-ID')));
  expect(ids).toEqual(Array(2).fill('Message-ID: <20261121T031204Z-edge1-4f2a.2@lb1>'));
});

test('leaves no connection behind', async () => {
  const server = await sink();
  await send({ relays: [`smtp://127.0.0.1:${server.port}`] });
  await expect.poll(() => server.open(), { timeout: 10_000 }).toBe(0);
});

interface ProblemRow {
  readonly when: string;
  readonly stage: string;
  readonly wrong: Misbehaviour;
  readonly permanent: boolean;
  readonly message: RegExp;
}

const reply = (code: number, text: string) => ({ code, text });

test.each<ProblemRow>([
  {
    when: '451 to the recipient',
    stage: 'recipient',
    wrong: reply(451, 'greylisted'),
    permanent: false,
    message: /451 greylisted$/,
  },
  {
    when: '451 to the message',
    stage: 'data',
    wrong: reply(451, 'disk full'),
    permanent: false,
    message: /451 disk full$/,
  },
  {
    when: '421 at the greeting',
    stage: 'greeting',
    wrong: reply(421, 'busy'),
    permanent: false,
    message: /421 .*busy$/,
  },
  {
    when: '554 at the greeting',
    stage: 'greeting',
    wrong: reply(554, 'go away'),
    permanent: false,
    message: /554 .*go away$/,
  },
  {
    when: '550 to the sender',
    stage: 'sender',
    wrong: reply(550, 'not you'),
    permanent: false,
    message: /550 not you$/,
  },
  {
    when: '503 to the recipient',
    stage: 'recipient',
    wrong: reply(503, 'sequence'),
    permanent: false,
    message: /503 sequence$/,
  },
  {
    when: '550 to the recipient',
    stage: 'recipient',
    wrong: reply(550, 'no such user'),
    permanent: true,
    message: /550 no such user$/,
  },
  { when: '554 to the message', stage: 'data', wrong: reply(554, 'spam'), permanent: true, message: /554 spam$/ },
  {
    when: 'a cut before the answer to the recipient',
    stage: 'recipient',
    wrong: 'drop',
    permanent: false,
    message: /closed/,
  },
  { when: 'a cut after the message', stage: 'data', wrong: 'drop', permanent: false, message: /closed/ },
])('$when: permanent is $permanent', async ({ stage, wrong, permanent, message }) => {
  const server = await sink();
  server.behave((at) => (at === stage ? wrong : null));
  const error = await failure(send({ relays: [`smtp://127.0.0.1:${server.port}`] }));
  expect(error instanceof PermanentError).toBe(permanent);
  expect(error.message).toMatch(message);
  expect(error.message.startsWith(`mail 127.0.0.1:${server.port}: `)).toBe(true);
  await expect.poll(() => server.open(), { timeout: 10_000 }).toBe(0);
});

test('nobody listens: says so with the address', async () => {
  const port = await closedPort();
  const error = await failure(send({ relays: [`smtp://127.0.0.1:${port}`] }));
  expect(error).not.toBeInstanceOf(PermanentError);
  expect(error.message).toBe(`mail 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`);
});

test.each(['greeting', 'recipient', 'data'])('a server that hangs at the %s ends at the deadline', async (stage) => {
  const server = await sink();
  server.behave((at) => (at === stage ? 'hang' : null));
  const error = await failure(send({ relays: [`smtp://127.0.0.1:${server.port}`], timeoutMs: 300 }));
  expect(error).not.toBeInstanceOf(PermanentError);
  expect(error.message).toMatch(/: (not delivered in 300 ms|Greeting never received|Timeout|Connection timeout)$/);
  await expect.poll(() => server.open(), { timeout: 10_000 }).toBe(0);
});

test('a server that drips its answer ends at the deadline', async () => {
  const port = await rawServer((socket) => {
    const drip = setInterval(() => socket.write('220-slow\r\n'), 20);
    socket.on('close', () => clearInterval(drip));
  });
  const error = await failure(send({ relays: [`smtp://127.0.0.1:${port}`], timeoutMs: 300 }));
  expect(error.message).toMatch(/: (not delivered in 300 ms|Greeting never received)$/);
});

test('a server that floods is cut off', async () => {
  const port = await rawServer((socket) => {
    const flood = () => {
      while (!socket.destroyed && socket.write('x'.repeat(16_384)));
    };
    socket.on('drain', flood);
    flood();
  });
  const error = await failure(send({ relays: [`smtp://127.0.0.1:${port}`] }));
  expect(error).not.toBeInstanceOf(PermanentError);
});

test('tries the next relay at once when one is in problem, and stops at the first that takes it', async () => {
  const busy = await sink();
  busy.behave(() => reply(451, 'later'));
  const [good, spare] = [await sink(), await sink()];
  const relays = [await closedPort(), busy.port, good.port, spare.port].map((port) => `smtp://127.0.0.1:${port}`);
  await send({ relays });
  expect([busy.mails.length, good.mails.length, spare.mails.length]).toEqual([0, 1, 0]);
});

test('names every relay that failed', async () => {
  const [first, second] = [await closedPort(), await closedPort()];
  const error = await failure(send({ relays: [`smtp://127.0.0.1:${first}`, `smtp://127.0.0.1:${second}`] }));
  expect(error.message).toBe(
    `mail 127.0.0.1:${first}: connect ECONNREFUSED 127.0.0.1:${first}; ` +
      `127.0.0.1:${second}: connect ECONNREFUSED 127.0.0.1:${second}`,
  );
});

test('stops at once when it is told to', async () => {
  const server = await sink();
  const stop = new AbortController();
  server.behave((stage) => {
    if (stage !== 'recipient') return null;
    stop.abort(new Error('shutting down'));
    return 'hang';
  });
  const error = await failure(send({ relays: [`smtp://127.0.0.1:${server.port}`] }, {}, stop.signal));
  expect(error.message).toBe('shutting down');
  await expect.poll(() => server.open(), { timeout: 10_000 }).toBe(0);
});

test('logs in, and shows the password to nobody when that is refused', async () => {
  const seen: unknown[] = [];
  const server = await startSink({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authMethods: ['PLAIN'],
    onAuth: ({ username, password }, _session, done) => {
      seen.push([username, password]);
      if (seen.length === 1) return done(null, { user: username });
      done(new Error(`no login for ${username} with ${password}`));
    },
  });
  onTestFinished(() => server.close());
  const relays = [`smtp://under%40lb1:s3cr%25t%2F@127.0.0.1:${server.port}`];
  await send({ relays });
  expect(server.mails).toHaveLength(1);
  const error = await failure(send({ relays }));
  expect(seen).toEqual(Array(2).fill(['under@lb1', 's3cr%t/']));
  expect(error).not.toBeInstanceOf(PermanentError);
  expect(error.message).toContain('no login for under@lb1 with [secret]');
  expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain('s3cr%t');
});

test('speaks TLS from the first byte to smtps, and by STARTTLS where it is offered', async () => {
  const secured: boolean[] = [];
  const onSecure = (_socket: unknown, _session: unknown, done: () => void) => {
    secured.push(true);
    done();
  };
  const tls = await startSink({ onSecure, secure: true });
  const starttls = await startSink({ onSecure, disabledCommands: [] });
  onTestFinished(async () => {
    await tls.close();
    await starttls.close();
  });
  await send({ relays: [`smtps://127.0.0.1:${tls.port}`] });
  await send({ relays: [`smtp://127.0.0.1:${starttls.port}`] });
  expect([tls.mails.length, starttls.mails.length, secured.length]).toEqual([1, 1, 2]);
});

test('nothing in a notice can end a header or the message', async () => {
  const { port, mails } = await sink();
  const evil = 'down\r\nBcc: all@example.org\r\n\r\nbody';
  await send(
    { relays: [`smtp://127.0.0.1:${port}`] },
    {
      subject: evil,
      incidentId: evil,
      id: `x>\r\nBcc: a@example.org`,
      text: 'one\r\n.\r\nMAIL FROM:<x@example.org>\r\n',
    },
  );
  expect(mails).toHaveLength(1);
  const raw = mails[0]?.raw ?? '';
  expect(raw).not.toMatch(/^Bcc:/im);
  expect(headersOf(raw)).toContain('Subject: down Bcc: all@example.org body');
  expect(headersOf(raw)).toContain('Message-ID: <x-Bcc-a-example.org@lb1>');
  expect(raw).toContain('MAIL FROM:<x@example.org>');
});

test('an address that could carry a command is refused without a connection', async () => {
  const action = mailAction({ relays: ['smtp://127.0.0.1:1'] });
  const error = await failure(action('a@example.org>\r\nRCPT TO:<b@example.org', notice, { signal: open, log }));
  expect(error).toBeInstanceOf(PermanentError);
});

test('writes an email into the folder, whole and once', async () => {
  const folder = join(tempFolder(), 'mail');
  await send({ folder });
  await send({ folder });
  expect(readdirSync(folder)).toEqual(['20261121T031204Z-20261121T031204Z-edge1-4f2a-2.eml']);
  const raw = readFileSync(join(folder, '20261121T031204Z-20261121T031204Z-edge1-4f2a-2.eml'), 'utf8');
  expect(headersOf(raw)).toContain('Subject: [understudy] edge1 RECOVERED after 14 min: was rtsp refused');
});

test('a folder that cannot be written is problem that passes', async () => {
  const file = join(tempFolder(), 'a-file');
  writeFileSync(file, '');
  const error = await failure(send({ folder: join(file, 'mail') }));
  expect(error).not.toBeInstanceOf(PermanentError);
});

test('asks for addresses, and says what is wrong with one that is none', () => {
  const schema = alerts.get('mail')?.options;
  expect(schema?.safeParse({ to: ['oncall@example.org', 'a.b+c@mail.example.org'] }).success).toBe(true);
  for (const to of [
    'oncall',
    'a@b@c',
    'a b@example.org',
    '<a@example.org>',
    'a@example.org, b@example.org',
    'a@\r\nx',
  ]) {
    const message = schema?.safeParse({ to: [to] }).error?.issues[0]?.message;
    expect(message).toBe('expected an address such as oncall@example.org');
  }
  expect(schema?.safeParse({ to: [] }).success).toBe(false);
});

test('sends one email to an address that is named twice', () => {
  const to = ['a@example.org', 'b@example.org', 'a@example.org'];
  expect(alerts.get('mail')?.recipients({ to })).toEqual(['a@example.org', 'b@example.org']);
});

test('says which section is missing, and never repeats a relay that cannot be read', () => {
  expect(() => alerts.get('mail')?.prepare({ to: [] })).toThrow(
    'mail: expected a section `mail` in the configuration, got none',
  );
  expect(() => mailAction({ relays: ['http://user:s3cret@127.0.0.1'] })).toThrow(
    'mail: expected smtp://[user:password@]host[:port] or smtps://..., got something else',
  );
});
