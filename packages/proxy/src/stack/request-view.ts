// What a decision may know of a request: implemented by each codec's head, and by `weft explain` from words.

export interface RequestView {
  readonly method: string;
  /** Normalised path without query (router/path.ts): all that matchers and policies see. */
  readonly path: string;
  /** Without `?`; '' where there is none. */
  readonly query: string;
  /** Host as sent, lower-case, with its port if it has one. */
  readonly authority: string;
  /** Value of a header by its lower-case name; several lines joined by `, ` (RFC 9110 5.3). */
  header(name: string): string | undefined;
}

/** What is known of who sent it, after authentication. */
export interface PeerView {
  /** SPIFFE id of the mesh certificate; absent for plain text. */
  readonly identity?: string;
  /** Namespace of that identity. */
  readonly namespace?: string;
  /** IP address of the connection's other end, IPv4-mapped IPv6 written as IPv4. */
  readonly address: string;
}
