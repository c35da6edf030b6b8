// A request written down by a person (`weft explain`, `weft test`, a page), as the proxy's codecs would see it.

import type { RequestView } from '../stack/request-view.ts';
import { parseTarget, TARGET_REFUSALS, type TargetParts, toBytes } from './path.ts';

/** A request, or why the proxy answers it 400 before any route or policy. */
export type WrittenRequest = { readonly view: RequestView } | { readonly refusal: string };

/**
 * `url`: `http://reviews:9080/path?query`, or a path alone; the host is then that of a `host` header. Text beyond
 * ASCII counts as its UTF-8 bytes. `headers`: names in any case; several of one name are joined by `, `.
 */
export function requestFromWords(
  method: string,
  url: string,
  headers: readonly (readonly [name: string, value: string])[],
): WrittenRequest {
  const fields = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const before = fields.get(key);
    fields.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  const parts: TargetParts = { path: '', query: '', authority: (fields.get('host') ?? '').toLowerCase() };
  // A person writes a fragment as browsers show it; it is no part of a request.
  const refusal = parseTarget(method, toBytes(url.split('#', 1)[0] ?? ''), parts);
  if (refusal !== undefined) return { refusal: TARGET_REFUSALS[refusal] };
  if (parts.authority !== '') fields.set('host', parts.authority);
  return { view: { method, ...parts, header: (name) => fields.get(name) } };
}
