// The content types of gRPC-Web (grpc: doc/PROTOCOL-WEB.md) and what they say of a request and its answer.

export interface GrpcWebFormat {
  /** The body is base64. */
  readonly isText: boolean;
  /** `+proto`, `+json`, or '' where the client names none. */
  readonly codec: string;
}

const PATTERN = /^application\/grpc-web(-text)?(\+[a-z0-9.-]+)?[ \t]*(?:;|$)/i;

/** Undefined for what is not gRPC-Web. */
export function grpcWebFormat(contentType: string | undefined): GrpcWebFormat | undefined {
  // Most requests are told by a look at the first letters.
  if (contentType === undefined || !/^application\/grpc-web/i.test(contentType)) return undefined;
  const match = PATTERN.exec(contentType);
  return match === null ? undefined : { isText: match[1] !== undefined, codec: match[2] ?? '' };
}

/** A client that cannot read bytes asks for text by Accept, else it gets what it sends. */
export function answerFormat(request: GrpcWebFormat, accept: string | undefined): GrpcWebFormat {
  const isText = request.isText || (accept !== undefined && /application\/grpc-web-text/i.test(accept));
  return { isText, codec: request.codec };
}

/** The same in gRPC. The message format is named always, as servers want it. */
export function grpcContentType({ codec }: GrpcWebFormat): string {
  return `application/grpc${codec === '' ? '+proto' : codec}`;
}

/** What the answer in that format is called. `grpcType`: the server's content type, which may name another codec. */
export function grpcWebContentType({ isText, codec }: GrpcWebFormat, grpcType: string): string {
  const named = /\+[a-z0-9.-]+/i.exec(grpcType)?.[0] ?? (codec === '' ? '+proto' : codec);
  return `application/grpc-web${isText ? '-text' : ''}${named}`;
}
