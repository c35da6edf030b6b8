// Counts messages in one direction of a stream by their framing, while the bytes pass; nothing of them is kept.

export interface MessageCounter {
  /** Messages so far. */
  readonly count: number;
  take(chunk: Buffer): void;
}

/** Both directions of one stream. */
export interface MessageCounters {
  readonly request: MessageCounter;
  readonly response: MessageCounter;
}
