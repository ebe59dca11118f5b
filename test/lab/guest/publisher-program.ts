// Runs in a server's namespace: publisher-program.js ADDRESS PORT SERVER. Publishes whenever there is an RTMP server.
import * as net from 'node:net';
import { app, opening, pictureMessage, pictureMs } from './rtmp-pictures.ts';

const [address = '', port, server = ''] = process.argv.slice(2);
const againMs = 100;
let number = 0;

function publish(): void {
  const socket = net.connect({ host: address, port: Number(port), noDelay: true });
  let beat: NodeJS.Timeout | undefined;
  socket.on('connect', () => {
    socket.write(opening(`rtmp://${address}/${app}`, 'publish'));
    beat = setInterval(() => {
      number += 1;
      socket.write(pictureMessage(server, number));
    }, pictureMs);
  });
  socket.on('data', () => {});
  socket.on('error', () => {});
  socket.on('close', () => {
    clearInterval(beat);
    setTimeout(publish, againMs);
  });
}

publish();
