// What a metrics endpoint answers, apart from the server that it runs on: format by the Accept header, families
// by `name[]` in the query (a scraper that needs a few of them saves both ends the rest).

import { negotiate } from './negotiate.ts';
import type { Registry } from './registry.ts';
import { CONTENT_TYPE, render } from './render.ts';

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

export function exposition(
  registry: Registry,
  accept: string | undefined,
  query: URLSearchParams,
): Exposition {
  const format = negotiate(accept);
  const names = query.getAll('name[]');
  const only = names.length === 0 ? undefined : new Set(names);
  return { contentType: CONTENT_TYPE[format], body: render(registry, format, only) };
}
