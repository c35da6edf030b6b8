// Replaces the whole path of a request, or the prefix that its route matched (Gateway API HTTPPathModifier).

import type { PathEdit } from '@weft/api/proxy-config/types';
import { prefixKey } from '../router/path-index.ts';

/**
 * The new path. `prefix` is RouteMatch.prefix; the decoder lets prefix edits stand only in rules whose matches all
 * have one, so its absence throws. The `*` of OPTIONS stays as it is.
 */
export function editPath(edit: PathEdit, path: string, prefix: string | undefined): string {
  if (path === '*') return path;
  if (edit.kind === 'full') return edit.value;
  if (prefix === undefined) throw new Error('a prefix can not be replaced: the route has matched no prefix');
  // Trailing slashes of prefix and replacement say nothing; those of the request stay.
  return prefixKey(edit.value) + path.slice(prefixKey(prefix).length) || '/';
}
