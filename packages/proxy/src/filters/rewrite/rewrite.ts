// URL rewrite: the path and host that the endpoint gets (Gateway API HTTPURLRewriteFilter). The query stays.

import type { HttpFilter } from '@weft/api/proxy-config/types';
import { editPath } from '../path-edit.ts';

export type RewriteFilter = Extract<HttpFilter, { kind: 'rewrite' }>;

/** The path to send; `prefix` is RouteMatch.prefix. The host is `filter.hostname`, where it is there. */
export function rewrittenPath(filter: RewriteFilter, path: string, prefix: string | undefined): string {
  return filter.path === undefined ? path : editPath(filter.path, path, prefix);
}
