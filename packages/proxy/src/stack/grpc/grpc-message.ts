// `grpc-message` is percent-encoded UTF-8 (grpc: doc/PROTOCOL-HTTP2.md, Status-Message).

/** For a text of our own, which may quote what a client sent. */
export function encodeGrpcMessage(text: string): string {
  // All but printable ASCII without the percent sign.
  return text.toWellFormed().replaceAll(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
}

/** A text that is not so encoded stays as it is. */
export function decodeGrpcMessage(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
