// Limits of the HTTP/1.1 codec: what one peer may make us hold or read before it is refused.

export interface H1Limits {
  /** Bytes of a request or status line without CRLF. Over it: 414 for requests. */
  readonly startLineBytes: number;
  /** Bytes of a whole head, start line included. Over it: 431. */
  readonly headBytes: number;
  /** Header lines in one head or trailer section. Over it: 431. */
  readonly headerCount: number;
  /** Bytes of one chunk-size line with its extensions. Over it: 400. */
  readonly chunkLineBytes: number;
  /** Bytes of a trailer section. Over it: 431. */
  readonly trailerBytes: number;
  /** Bytes read ahead of a response that is still being written (pipelining) before reading stops. */
  readonly pipelineBytes: number;
}

export const DEFAULT_LIMITS: H1Limits = {
  startLineBytes: 16_384,
  headBytes: 65_536,
  headerCount: 128,
  chunkLineBytes: 1_024,
  trailerBytes: 16_384,
  pipelineBytes: 65_536,
};
