// Hostnames in requests and in rules (Gateway API Hostname: exact, or `*.suffix` for one or more labels).

/**
 * The host of an authority without its port: `example.com:8080` → `example.com`, `[::1]:80` → `[::1]`. Without the
 * dot that a fully qualified name may end in (RFC 1034 3.1): it names the same host, and must not evade a policy.
 */
export function hostnameOf(authority: string): string {
  const colon = portColon(authority);
  let end = colon === -1 ? authority.length : colon;
  if (authority.charCodeAt(end - 1) === DOT) end--;
  return end === authority.length ? authority : authority.slice(0, end);
}

/** The port of an authority; undefined where it has none. */
export function portOf(authority: string): number | undefined {
  const colon = portColon(authority);
  return colon === -1 || colon === authority.length - 1 ? undefined : Number(authority.slice(colon + 1));
}

const DOT = 0x2e;

/** Where the port begins; -1 where there is none. In an IPv6 address alone the last colon is inside of brackets. */
function portColon(authority: string): number {
  const colon = authority.lastIndexOf(':');
  return authority.indexOf(']', colon) > colon ? -1 : colon;
}

/** Whether a rule's hostname covers the host of a request. `*.example.com` does not cover `example.com`. */
export function coversHost(hostname: string, host: string): boolean {
  if (!hostname.startsWith('*.')) return hostname === host;
  const suffix = hostname.slice(1);
  return host.length > suffix.length && host.endsWith(suffix);
}

/** What is stored for hostnames, found for a host from the most specific to the least. */
export class HostIndex<T> {
  readonly #exact = new Map<string, T>();
  /** By suffix with its dot: `.example.com`. */
  readonly #wildcard = new Map<string, T>();
  readonly #any: T | undefined;

  /** Keys: exact, `*.suffix`, or '' for any host. */
  constructor(entries: ReadonlyMap<string, T>) {
    for (const [hostname, value] of entries) {
      if (hostname.startsWith('*.')) this.#wildcard.set(hostname.slice(1), value);
      else if (hostname !== '') this.#exact.set(hostname, value);
    }
    this.#any = entries.get('');
  }

  /** The first answer of `visit` that is not undefined: exact host, wildcards from long to short, any host. */
  first<A, R>(
    authority: string,
    visit: (value: T, argument: A) => R | undefined,
    argument: A,
  ): R | undefined {
    if (this.#exact.size > 0 || this.#wildcard.size > 0) {
      const host = hostnameOf(authority);
      const exact = this.#exact.get(host);
      const found = exact === undefined ? undefined : visit(exact, argument);
      if (found !== undefined) return found;
      if (this.#wildcard.size > 0) {
        for (let dot = host.indexOf('.', 1); dot !== -1; dot = host.indexOf('.', dot + 1)) {
          const wildcard = this.#wildcard.get(host.slice(dot));
          const found = wildcard === undefined ? undefined : visit(wildcard, argument);
          if (found !== undefined) return found;
        }
      }
    }
    return this.#any === undefined ? undefined : visit(this.#any, argument);
  }
}
