// HTTP/2 by the byte, for what no library sends: header fields as they are, uncompressed, and DATA of any kind.

import { connect, type Socket } from 'node:net';
import { HpackDecoder } from '@weft/proxy/codec/h2/hpack/decoder';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const GOAWAY = 7;
const END_STREAM = 1;
const END_HEADERS = 4;

export type Field = readonly [name: string, value: string];

/** What became of a stream. */
export type RawOutcome =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'reset'; readonly code: number }
  /** GOAWAY, or the connection is gone. */
  | { readonly kind: 'closed' };

function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Literals without indexing (RFC 7541 6.2.2), no Huffman code; a latin1 character is a byte. */
function encode(fields: readonly Field[]): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, 'latin1');
    if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
    const rest = bytes.length - 127;
    return Buffer.concat([Buffer.from([127, (rest & 127) | 128, rest >> 7]), bytes]);
  };
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** One request on a connection of its own; `data`: DATA frames after the head, the last one ends the stream. */
export function sendRaw(
  port: number,
  fields: readonly Field[],
  data: readonly string[] = [],
): Promise<RawOutcome> {
  const socket = connect(port, '127.0.0.1');
  socket.write(PREFACE);
  socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
  socket.write(frame(HEADERS, END_HEADERS | (data.length === 0 ? END_STREAM : 0), 1, encode(fields)));
  data.forEach((text, i) => {
    const flags = i === data.length - 1 ? END_STREAM : 0;
    socket.write(frame(DATA, flags, 1, Buffer.from(text, 'latin1')));
  });
  return outcomeOf(socket).finally(() => socket.destroy());
}

function outcomeOf(socket: Socket): Promise<RawOutcome> {
  const decoder = new HpackDecoder(4_096);
  return new Promise((resolve) => {
    let held = Buffer.alloc(0);
    let status = 0;
    let body = '';
    const read = (type: number, flags: number, payload: Buffer): void => {
      if (type === HEADERS) {
        decoder.decode(payload, 0, payload.length, (name, value) => {
          if (name === ':status') status = Number(value);
        });
      }
      if (type === DATA) body += payload.toString('latin1');
      if (type === RST_STREAM) resolve({ kind: 'reset', code: payload.readUInt32BE(0) });
      else if (type === GOAWAY) resolve({ kind: 'closed' });
      else if (type <= HEADERS && (flags & END_STREAM) !== 0) resolve({ kind: 'answer', status, body });
    };
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 9 && held.length >= 9 + held.readUIntBE(0, 3)) {
        const end = 9 + held.readUIntBE(0, 3);
        read(held[3] as number, held[4] as number, held.subarray(9, end));
        held = held.subarray(end);
      }
    });
    socket.on('error', () => resolve({ kind: 'closed' }));
    socket.on('close', () => resolve({ kind: 'closed' }));
  });
}
