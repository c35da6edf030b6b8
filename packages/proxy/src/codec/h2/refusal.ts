// Why the codec refuses what a peer sent: the error code for the peer and the details for the log, one constant each.

import { ERROR } from './frame.ts';

export interface H2Refusal {
  /** RFC 9113 section 7. */
  readonly code: number;
  /** Whether the whole connection ends for it (GOAWAY) or one stream (RST_STREAM). */
  readonly scope: 'connection' | 'stream';
  /** What a request that is refused for it counts as; answered only with 431. */
  readonly status: number;
  /** Envoy's response_code_details style: `http2.<what>`. */
  readonly details: string;
  /** One line for whoever sent it; GOAWAY carries it as debug data. */
  readonly message: string;
}

function connection(code: number, what: string, message: string, status = 400): H2Refusal {
  return Object.freeze({ code, scope: 'connection', status, details: `http2.${what}`, message });
}

function stream(code: number, what: string, message: string, status = 400): H2Refusal {
  return Object.freeze({ code, scope: 'stream', status, details: `http2.${what}`, message });
}

const { protocol, flowControl, frameSize, streamClosed, compression, refusedStream, enhanceYourCalm } = ERROR;

export const REFUSALS = {
  // --- the connection
  preface: connection(protocol, 'invalid_preface', 'the connection does not begin with the HTTP/2 preface'),
  firstFrame: connection(protocol, 'no_settings', 'the first frame has to be SETTINGS'),
  frameTooLong: connection(frameSize, 'frame_too_long', 'a frame is longer than SETTINGS_MAX_FRAME_SIZE'),
  frameLength: connection(
    frameSize,
    'invalid_frame_length',
    'a frame has a length that its type cannot have',
  ),
  padding: connection(protocol, 'invalid_padding', 'a frame has more padding than content'),
  streamZero: connection(
    protocol,
    'invalid_stream_zero',
    'a frame that belongs to a stream came on stream 0',
  ),
  notStreamZero: connection(protocol, 'invalid_stream', 'a frame of the connection came on a stream'),
  idleStream: connection(protocol, 'idle_stream', 'a frame came on a stream that nobody has opened'),
  streamId: connection(protocol, 'invalid_stream_id', 'a stream was opened with an id that is not its turn'),
  closedHeaders: connection(
    streamClosed,
    'headers_on_closed_stream',
    'HEADERS came on a stream that is over',
  ),
  continuation: connection(protocol, 'unexpected_continuation', 'CONTINUATION came without a header block'),
  interleaved: connection(protocol, 'interleaved_header_block', 'a frame came inside of a header block'),
  push: connection(protocol, 'push_promise', 'PUSH_PROMISE came, which nobody may send here'),
  hpack: connection(compression, 'compression_error', 'a header block cannot be decompressed'),
  setting: connection(protocol, 'invalid_setting', 'a setting has a value that it cannot have'),
  windowSetting: connection(
    flowControl,
    'invalid_window_setting',
    'SETTINGS_INITIAL_WINDOW_SIZE is too large',
  ),
  zeroIncrement: connection(protocol, 'zero_window_increment', 'WINDOW_UPDATE has an increment of 0'),
  windowOverflow: connection(flowControl, 'window_overflow', 'WINDOW_UPDATE goes beyond 2^31-1'),
  window: connection(flowControl, 'window_exceeded', 'more came than the connection window allows'),
  priorityOnItself: connection(protocol, 'self_dependency', 'a stream depends on itself'),
  // --- defences
  blockTooLarge: connection(enhanceYourCalm, 'header_block_too_large', 'a header block is too large', 431),
  continuationFlood: connection(
    enhanceYourCalm,
    'continuation_flood',
    'a header block has too many frames',
    429,
  ),
  frameFlood: connection(enhanceYourCalm, 'frame_flood', 'too many frames came that move nothing', 429),
  resetFlood: connection(enhanceYourCalm, 'reset_flood', 'too many streams were reset', 429),
  outputFlood: connection(enhanceYourCalm, 'output_flood', 'answers are asked for and not read', 429),
  slowPreface: connection(protocol, 'preface_timeout', 'the connection preface did not arrive in time', 408),
  slowHead: connection(protocol, 'head_timeout', 'the rest of a frame did not arrive in time', 408),
  keepalive: connection(ERROR.noError, 'keepalive_timeout', 'a PING was not answered in time', 408),
  // --- one stream
  field: stream(protocol, 'invalid_header', 'a header has characters that its name or value cannot have'),
  connectionField: stream(protocol, 'connection_header', 'a header came that HTTP/2 does not have'),
  pseudo: stream(
    protocol,
    'invalid_pseudo_header',
    'pseudo-headers are missing, repeated, unknown or too late',
  ),
  method: stream(protocol, 'invalid_method', 'the method is malformed'),
  path: stream(protocol, 'invalid_path', 'the path is malformed'),
  authority: stream(protocol, 'invalid_authority', 'the authority is malformed, or Host says something else'),
  status: stream(protocol, 'invalid_status', 'the status is malformed'),
  contentLength: stream(protocol, 'invalid_content_length', 'Content-Length is malformed or repeated'),
  bodyLength: stream(protocol, 'body_length', 'the body is not as long as Content-Length says'),
  unexpectedBody: stream(protocol, 'unexpected_body', 'a body came where there can be none'),
  trailers: stream(
    protocol,
    'invalid_trailers',
    'trailers do not end the stream, or hold what trailers may not',
  ),
  headTooLarge: stream(enhanceYourCalm, 'head_too_large', 'the header section is too large', 431),
  tooManyHeaders: stream(enhanceYourCalm, 'too_many_headers', 'the header section has too many lines', 431),
  endedStream: stream(streamClosed, 'data_after_end', 'a frame came on a stream whose sender had ended it'),
  streamWindow: stream(flowControl, 'stream_window_exceeded', 'more came than the stream window allows'),
  streamZeroIncrement: stream(protocol, 'zero_window_increment', 'WINDOW_UPDATE has an increment of 0'),
  streamWindowOverflow: stream(flowControl, 'window_overflow', 'WINDOW_UPDATE goes beyond 2^31-1'),
  tooManyStreams: stream(
    refusedStream,
    'too_many_streams',
    'more streams are open than SETTINGS allows',
    503,
  ),
  tooManyInformational: stream(protocol, 'too_many_informational', 'there are too many 1xx answers', 502),
  slowBody: stream(ERROR.cancel, 'body_timeout', 'the body did not arrive in time', 408),
  slowReader: stream(ERROR.cancel, 'reader_timeout', 'what was sent was not taken in time', 408),
} as const;
