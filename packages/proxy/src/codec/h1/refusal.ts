// Why the codec refuses a message: the status for the peer and the details for the log, one constant each.

export interface H1Refusal {
  /** Status to answer a request with; a response that is refused becomes 502. */
  readonly status: number;
  /** Envoy's response_code_details style: `http1.<what>`. */
  readonly details: string;
  /** One line for whoever sent it. */
  readonly message: string;
}

function refusal(status: number, what: string, message: string): H1Refusal {
  return Object.freeze({ status, details: `http1.${what}`, message });
}

export const REFUSALS = {
  startLine: refusal(400, 'invalid_start_line', 'the start line is malformed'),
  startLineTooLong: refusal(414, 'start_line_too_long', 'the request line is too long'),
  target: refusal(400, 'invalid_target', 'the request target has characters that are not allowed'),
  version: refusal(505, 'version_not_supported', 'only HTTP/1.0 and HTTP/1.1 are spoken here'),
  headTooLarge: refusal(431, 'head_too_large', 'the header section is too large'),
  tooManyHeaders: refusal(431, 'too_many_headers', 'the header section has too many lines'),
  headerName: refusal(400, 'invalid_header_name', 'a header name is malformed or followed by a space'),
  headerValue: refusal(400, 'invalid_header_value', 'a header value has characters that are not allowed'),
  lineFolding: refusal(400, 'obsolete_line_folding', 'header lines may not be folded'),
  lineEnd: refusal(400, 'invalid_line_end', 'lines have to end with CR LF'),
  contentLength: refusal(400, 'invalid_content_length', 'Content-Length is malformed or repeated'),
  bothLengths: refusal(
    400,
    'content_length_and_transfer_encoding',
    'Content-Length and Transfer-Encoding exclude each other',
  ),
  transferEncoding: refusal(
    501,
    'unsupported_transfer_encoding',
    'only the transfer coding chunked is understood',
  ),
  transferEncodingVersion: refusal(400, 'transfer_encoding_in_http10', 'HTTP/1.0 knows no Transfer-Encoding'),
  host: refusal(400, 'invalid_host', 'HTTP/1.1 demands exactly one well-formed Host header'),
  expectation: refusal(417, 'unknown_expectation', 'only 100-continue can be expected'),
  chunk: refusal(400, 'invalid_chunk', 'a chunk of the body is malformed'),
  chunkLineTooLong: refusal(400, 'chunk_line_too_long', 'a chunk size line is too long'),
  trailerTooLarge: refusal(431, 'trailer_too_large', 'the trailer section is too large'),
  trailerFraming: refusal(400, 'framing_in_trailer', 'the trailer section says how long the message is'),
  headTimeout: refusal(408, 'head_timeout', 'the header section did not arrive in time'),
  statusLine: refusal(502, 'invalid_status_line', 'the status line is malformed'),
  tooManyInformational: refusal(
    502,
    'too_many_informational',
    'there are too many 1xx answers before the final one',
  ),
  unexpectedSwitch: refusal(
    502,
    'unexpected_switching_protocols',
    'a 101 came that the request did not ask for',
  ),
  unwritableHead: refusal(400, 'unwritable_head', 'the head can not be written in HTTP/1.1'),
  unwritableBody: refusal(400, 'unwritable_body', 'the body is longer than its Content-Length'),
  truncated: refusal(400, 'truncated', 'the connection ended in the middle of a message'),
  unexpectedBytes: refusal(502, 'unexpected_bytes', 'bytes came that no request asked for'),
} as const;
