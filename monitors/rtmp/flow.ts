/** What a server wants to hear while it sends (RTMP 5.4 and 7.1.7). */
import { encodeControl, encodeUserControl, messageType, type RtmpMessage, userControl } from './message.ts';

export interface Flow {
  /** Bytes came. The answer is due, or null. */
  heard(bytes: number): Buffer | null;
  answer(message: RtmpMessage): Buffer | null;
}

export function createFlow(): Flow {
  let received = 0;
  let acknowledged = 0;
  let windowBytes = Number.POSITIVE_INFINITY;
  return {
    heard(bytes) {
      received += bytes;
      // Players say so at half the window, before a server that is exact about it falls silent.
      if (received - acknowledged < windowBytes / 2) return null;
      acknowledged = received;
      return encodeControl(messageType.acknowledgement, received);
    },
    answer({ type, payload }) {
      if (type === messageType.userControl && payload.length >= 6) {
        const ping = payload.readUInt16BE(0) === userControl.pingRequest;
        return ping ? encodeUserControl(userControl.pingResponse, payload.subarray(2, 6)) : null;
      }
      if (payload.length < 4) return null;
      const value = payload.readUInt32BE(0);
      if (type === messageType.windowAckSize && value > 0) windowBytes = value;
      return type === messageType.setPeerBandwidth ? encodeControl(messageType.windowAckSize, value) : null;
    },
  };
}

/** How much a player would hold back, which bounds what a server sends ahead. */
export function bufferLength(stream: number, ms: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32BE(stream, 0);
  body.writeUInt32BE(ms, 4);
  return encodeUserControl(userControl.setBufferLength, body);
}
