// Writes the small frames: what the two ends of a connection tell each other about it and its streams.

import { FRAME, FRAME_HEADER_BYTES } from './frame.ts';
import type { Output } from './output.ts';

export function writeSettings(
  output: Output,
  settings: readonly (readonly [id: number, value: number])[],
): void {
  const bytes = settings.length * 6;
  output.reserve(FRAME_HEADER_BYTES + bytes);
  output.frameHeader(bytes, FRAME.settings, 0, 0);
  for (const [id, value] of settings) {
    output.buffer[output.at++] = id >> 8;
    output.buffer[output.at++] = id;
    output.uint32(value);
  }
}

export function writeSettingsAck(output: Output): void {
  output.reserve(FRAME_HEADER_BYTES);
  output.frameHeader(0, FRAME.settings, 1, 0);
}

/** `flags`: whether it answers one (RFC 9113 6.7). `data`: 8 bytes from `start` on. */
export function writePing(output: Output, flags: number, data: Buffer, start: number): void {
  output.reserve(FRAME_HEADER_BYTES + 8);
  output.frameHeader(8, FRAME.ping, flags, 0);
  data.copy(output.buffer, output.at, start, start + 8);
  output.at += 8;
}

export function writeGoaway(output: Output, lastStreamId: number, code: number, message: string): void {
  const bytes = 8 + message.length;
  output.reserve(FRAME_HEADER_BYTES + bytes);
  output.frameHeader(bytes, FRAME.goaway, 0, 0);
  output.uint32(lastStreamId);
  output.uint32(code);
  output.at += output.buffer.write(message, output.at, 'latin1');
}

export function writeReset(output: Output, streamId: number, code: number): void {
  output.reserve(FRAME_HEADER_BYTES + 4);
  output.frameHeader(4, FRAME.rstStream, 0, streamId);
  output.uint32(code);
}

export function writeWindowUpdate(output: Output, streamId: number, increment: number): void {
  output.reserve(FRAME_HEADER_BYTES + 4);
  output.frameHeader(4, FRAME.windowUpdate, 0, streamId);
  output.uint32(increment);
}
