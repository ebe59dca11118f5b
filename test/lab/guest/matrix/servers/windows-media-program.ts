// windows-media-program.js MODE
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { kinds, messageOf, takeMessages } from '../../../../../monitors/mms/message.ts';
import { repositoryFile } from '../../source-file.ts';
import { WINDOWS_MEDIA_PORTS, type WindowsMediaMode } from './windows-media.ts';

const mode = (process.argv[2] ?? 'live') as WindowsMediaMode;
const sample = (name: string): Buffer => readFileSync(repositoryFile(`test/samples/mms/${name}`));

/** E_ACCESSDENIED and NS_E_FILE_NOT_FOUND ([MS-ERREF], sections 2.1.1 and 2.1.2). */
const [denied, notFound] = [0x80070005, 0xc00d001a];
const result = (kind: number, hr = 0): Buffer => messageOf(kind, 0, [hr, 1, 0, 0], null);

const mmsAnswers: ReadonlyMap<number, Buffer> = new Map([
  [
    kinds.connect,
    mode === 'refused' ? result(kinds.connected, denied) : sample('mmst-connected-min.server.bin'),
  ] as const,
  [kinds.funnelInfo, result(kinds.funnelInfoReport)],
  [kinds.connectFunnel, result(kinds.funnelConnected)],
  [kinds.openFile, result(kinds.fileOpened, mode === 'not-found' ? notFound : 0)],
]);

const head = (status: string): string =>
  `HTTP/1.0 ${status}\r\nServer: Cougar 4.1.0.3921\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
const mmshAnswers: Readonly<Record<WindowsMediaMode, Buffer | string>> = {
  live: sample('mmsh-vlc-answer.server.bin'),
  'not-found': head('404 Not Found'),
  refused: head('401 Access Denied'),
  full: head('503 Service Unavailable'),
};

function mms(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const taken = takeMessages(Buffer.concat([rest, chunk]));
    if ('fault' in taken) {
      socket.resetAndDestroy();
      return;
    }
    rest = Buffer.from(taken.rest);
    for (const { kind } of taken.messages) socket.write(mmsAnswers.get(kind) ?? '');
  });
}

/** A live answer goes on as long as the player listens. */
function mmsh(socket: Socket): void {
  let asked = '';
  socket.on('data', (chunk) => {
    if (asked.endsWith('\r\n\r\n')) return;
    asked = (asked + chunk.toString('latin1')).slice(-8192);
    if (!asked.endsWith('\r\n\r\n')) return;
    socket.write(mmshAnswers[mode]);
    if (mode !== 'live') socket.end();
  });
}

const [mmsPort = String(WINDOWS_MEDIA_PORTS.mms), mmshPort = String(WINDOWS_MEDIA_PORTS.mmsh)] = process.argv.slice(3);
for (const [serve, port] of [
  [mms, Number(mmsPort)],
  [mmsh, Number(mmshPort)],
] as const) {
  createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    serve(socket);
  }).listen(port, '0.0.0.0');
}
