// Who may use a server that is open to this machine only. A browser on this machine can be made to send requests
// there by any web page: by a name of the attacker's that resolves to 127.0.0.1 (DNS rebinding; the Host header
// tells), or straight across origins (the Origin header tells). Both are refused.

/** Undefined: may pass; else why not, in one sentence. Arguments are header values as received. */
export function refusedByLoopbackGuard(
  host: string | undefined,
  origin: string | undefined,
): string | undefined {
  if (!isLoopbackName(hostName(host ?? ''))) {
    return 'this server answers only by the names localhost, 127.0.0.1 and [::1]';
  }
  if (origin !== undefined && !isLoopbackOrigin(origin))
    return 'this server takes no requests of other web sites';
  return undefined;
}

/** `localhost`, `*.localhost` (RFC 6761 6.3), 127.0.0.0/8 and ::1, without port. */
export function isLoopbackName(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    lower === 'localhost' ||
    lower.endsWith('.localhost') ||
    lower === '[::1]' ||
    lower === '::1' ||
    /^127(\.\d{1,3}){3}$/.test(lower)
  );
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, '');
}

function isLoopbackOrigin(origin: string): boolean {
  const url = URL.parse(origin);
  return url !== null && isLoopbackName(url.hostname);
}
