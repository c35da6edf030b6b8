// Frame types, flags, error codes and settings of HTTP/2 (RFC 9113 sections 6 and 7, RFC 8441).

/** Every frame begins with so many bytes: length, type, flags, stream. */
export const FRAME_HEADER_BYTES = 9;
/** Frames of this size every peer takes; larger ones only if it says so (RFC 9113 4.2). */
export const MIN_MAX_FRAME_SIZE = 16_384;
export const MAX_MAX_FRAME_SIZE = 16_777_215;
/** Windows, stream ids and GOAWAY's «no limit yet» end here. */
export const MAX_31 = 0x7fff_ffff;
/** Both windows before anybody has said anything (RFC 9113 6.9.2). */
export const DEFAULT_WINDOW = 65_535;

export const CLIENT_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = {
  endStream: 0x1,
  ack: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

export const ERROR = {
  noError: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  connect: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const;

const ERROR_NAMES = [
  'no_error',
  'protocol_error',
  'internal_error',
  'flow_control_error',
  'settings_timeout',
  'stream_closed',
  'frame_size_error',
  'refused_stream',
  'cancel',
  'compression_error',
  'connect_error',
  'enhance_your_calm',
  'inadequate_security',
  'http_1_1_required',
] as const;

/** For logs. Codes that nobody has defined are treated as INTERNAL_ERROR is (RFC 9113 7), and shown as they came. */
export function errorName(code: number): string {
  return ERROR_NAMES[code] ?? `error_${code}`;
}

export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
} as const;
