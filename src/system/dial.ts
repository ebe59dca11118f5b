import { connect } from 'node:net';
import type { Dial } from '../ports.ts';

export const dial: Dial = (address, port, events) => {
  let open = false;
  let over = false;
  const socket = connect({ host: address, port, autoSelectFamily: false });
  socket.on('connect', () => {
    open = true;
    if (!over) events.onOpen?.();
  });
  // What a server says to an idle client is of no interest, but it must not fill the socket.
  socket.resume();
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (open || over) return;
    over = true;
    // A reset before the connection stood was sent by the host as well.
    if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') events.onRefused?.();
    else events.onFailed?.(error.code ?? error.message);
  });
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    if (over) return;
    over = true;
    events.onClosed?.();
  });
  return () => {
    over = true;
    // A reset waits for the connect, and to a dark host that is minutes: an unfinished one has to be destroyed.
    if (socket.connecting) socket.destroy();
    else socket.resetAndDestroy();
  };
};
