import type { Verdict } from '../../src/plugin.ts';
import { hostPort } from '../shared/peer.ts';
import { plain, quote } from '../shared/quote.ts';
import { fail, ok } from '../shared/verdicts.ts';
import { type AmfValue, decodeAmf0, encodeAmf0, isObject } from './amf0.ts';
import { encodeMessage, messageType, type RtmpMessage } from './chunks.ts';

/** The transaction id that `connect` has by definition (RTMP 7.2.1.1). */
const connectTransaction = 1;

export function connectCommand(app: string, address: string, port: number): Buffer {
  const command = new Map<string, AmfValue>([
    ['app', app],
    ['flashVer', 'understudy'],
    ['tcUrl', `rtmp://${hostPort(address, port)}/${app}`],
    ['fpad', false],
    ['capabilities', 15],
    ['audioCodecs', 4071],
    ['videoCodecs', 252],
    ['videoFunction', 1],
    ['objectEncoding', 0],
  ]);
  return encodeMessage(messageType.amf0Command, encodeAmf0(['connect', connectTransaction, command]));
}

/** What a message says about our `connect`; null when it says nothing. */
export function judgeConnect(message: RtmpMessage): Verdict | null {
  const payload = commandPayload(message);
  if (payload === null) return null;
  const values = decodeAmf0(payload);
  if (values === null) return fail('expected an AMF0 command, got broken values');
  const [name, transaction] = values;
  if (transaction !== connectTransaction) return null;
  const info = values.slice(2).findLast(isObject);
  const code = text(info?.get('code'));
  const why = plain(text(info?.get('description')) || code) || 'no reason given';
  if (name === '_error') return fail(`connection refused by application: ${why}`, code);
  if (name !== '_result') return null;
  if (code === 'NetConnection.Connect.Success') return ok('accepts connect');
  return fail(`expected NetConnection.Connect.Success, got ${quote(code)}`, why);
}

function commandPayload({ type, payload }: RtmpMessage): Buffer | null {
  if (type === messageType.amf0Command) return payload;
  // An AMF3 command begins with a format byte, of which only 0, "AMF0 follows", is in use.
  return type === messageType.amf3Command && payload[0] === 0 ? payload.subarray(1) : null;
}

function text(value: AmfValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
