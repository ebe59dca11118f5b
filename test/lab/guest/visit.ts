/** One visit of a client, over TCP or UDP. */
import * as dgram from 'node:dgram';
import * as net from 'node:net';

/** `tcp`: to connect is enough. `echo`: the server says who it is. `udp`: the same over UDP. */
export type VisitProtocol = 'rtmp' | 'rtsp' | 'tcp' | 'echo';

export interface VisitOptions {
  readonly localAddress: string;
  /** Chosen by us, so that a refused attempt too can be looked up in the director's connections. */
  readonly localPort: number;
  readonly address: string;
  readonly port: number;
  readonly protocol: VisitProtocol;
  readonly timeoutMs: number;
}

/** Resolves with the open socket once the server has spoken its protocol. */
export function visit({
  localAddress,
  localPort,
  address,
  port,
  protocol,
  timeoutMs,
}: VisitOptions): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    let got = 0;
    const socket = net.connect({ host: address, port, localAddress, localPort, noDelay: true });
    const fail = (reason: string): void => {
      clearTimeout(deadline);
      socket.destroy();
      reject(new Error(reason));
    };
    const deadline = setTimeout(() => fail('timeout'), timeoutMs);
    const done = (): void => {
      clearTimeout(deadline);
      socket.removeAllListeners();
      resolve(socket);
    };
    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    socket.on('close', () => fail('closed'));
    socket.on('connect', () => {
      if (protocol === 'tcp') done();
      else if (protocol === 'echo') socket.write('who\n');
      else if (protocol === 'rtmp') socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)]));
      else socket.write(rtspRequest(address, port, 'OPTIONS', 1));
    });
    socket.on('data', (bytes: Buffer) => {
      got += bytes.length;
      if (protocol === 'rtsp') return bytes.toString('latin1').startsWith('RTSP/1.0 200') ? done() : fail('bad answer');
      if (protocol === 'echo' || got >= 3073) done();
    });
  });
}

/** Resolves when a datagram came back. */
export function visitByDatagram({ localAddress, localPort, address, port, timeoutMs }: VisitOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    const end = (reason: string | null): void => {
      clearTimeout(deadline);
      socket.removeAllListeners().on('error', () => {});
      socket.close();
      if (reason === null) resolve();
      else reject(new Error(reason));
    };
    const deadline = setTimeout(() => end('timeout'), timeoutMs);
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.once('message', () => end(null));
    // Connected, so that the kernel tells of a refusal and takes answers from there alone.
    socket.once('connect', () => socket.send('who\n'));
    socket.bind(localPort, localAddress, () => socket.connect(port, address));
  });
}

export function rtspRequest(
  address: string,
  port: number,
  method: string,
  number: number,
  suffix = '',
  headers: readonly string[] = [],
): string {
  const lines = [`${method} rtsp://${address}:${port}/live${suffix} RTSP/1.0`, `CSeq: ${number}`, ...headers];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
