// The last frame of a gRPC-Web answer: its trailers, as lines in a message of their own (grpc: doc/PROTOCOL-WEB.md).

import type { Trailers } from '../../stack/http.ts';

/** The bit in a message's flags that makes it trailers. */
const IS_TRAILERS = 0x80;
const PREFIX = 5;

export function trailerFrame(trailers: Trailers): Buffer {
  // Trailers came through a codec: no line ends inside them.
  const lines = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const frame = Buffer.allocUnsafe(PREFIX + lines.length);
  frame[0] = IS_TRAILERS;
  frame.writeUInt32BE(lines.length, 1);
  frame.write(lines, PREFIX, 'latin1');
  return frame;
}
