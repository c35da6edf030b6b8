// The routes and the authorization that every target with mesh features carries, said once, so that Weft and
// Envoy do the same work. The measured path `/` is decided by the last route and by both policies.

/** Tried in this order; the order is also the Gateway API's precedence (exact, longer prefix, headers). */
export const ROUTES: readonly BenchRoute[] = [
  { kind: 'exact', path: '/healthz' },
  { kind: 'prefix', path: '/reviews', header: { name: 'x-version', value: 'v2' } },
  { kind: 'prefix', path: '/reviews' },
  { kind: 'prefix', path: '/static' },
  { kind: 'prefix', path: '/moved', redirectTo: '/' },
  { kind: 'prefix', path: '/' },
];

/** Forwards to the origin unless it redirects (302). Prefixes match whole path elements. */
export interface BenchRoute {
  readonly kind: 'exact' | 'prefix';
  readonly path: string;
  readonly header?: { readonly name: string; readonly value: string };
  readonly redirectTo?: string;
}

/** A DENY policy on this path and all below it. */
export const DENIED_PATH = '/admin';
/** An ALLOW policy for these methods, in mTLS only for the calling sidecar's identity. */
export const ALLOWED_METHODS: readonly string[] = ['GET', 'POST'];
