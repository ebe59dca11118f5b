// Runs in the client's namespace: takes one JSON order on each line of stdin, prints one JSON line for what comes of it.
import * as net from 'node:net';
import { createInterface } from 'node:readline';
import type { PlayerOrder, PlayerReport } from './players.ts';
import { nowMs } from './program.ts';
import { app, opening, picturesIn } from './rtmp-pictures.ts';

const sockets = new Map<number, net.Socket>();

function play({ id, address, port }: PlayerOrder): void {
  const socket = net.connect({ host: address, port, noDelay: true });
  sockets.set(id, socket);
  let seen: Omit<PlayerReport, 'id'> = { server: null, pictures: 0, lost: 0, longestMs: 0, closed: null };
  let text = '';
  let last: { readonly number: number; readonly atMs: number } | null = null;
  let told = '';
  let reason = 'closed';
  const tell = (): void => {
    const line = JSON.stringify({ id, ...seen } satisfies PlayerReport);
    if (line !== told) process.stdout.write(`${line}\n`);
    told = line;
  };
  const beat = setInterval(tell, 200);
  socket.on('connect', () => socket.write(opening(`rtmp://${address}/${app}`, 'play')));
  socket.on('data', (bytes: Buffer) => {
    const { pictures, rest } = picturesIn(text + bytes.toString('latin1'));
    text = rest;
    const atMs = nowMs();
    for (const { server, number } of pictures) {
      const lost = last === null ? 0 : number - last.number - 1;
      const gapMs = last === null ? 0 : Math.round(atMs - last.atMs);
      const [isFirst, longestMs] = [seen.server === null, Math.max(seen.longestMs, gapMs)];
      seen = { server, pictures: seen.pictures + 1, lost: seen.lost + lost, longestMs, closed: null };
      last = { number, atMs };
      if (isFirst) tell();
    }
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.message;
  });
  socket.on('close', () => {
    clearInterval(beat);
    sockets.delete(id);
    seen = { ...seen, closed: reason };
    tell();
  });
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line) as PlayerOrder;
  if (order.what === 'play') play(order);
  else sockets.get(order.id)?.resetAndDestroy();
});
