// A copy of a request that is sent elsewhere while the original goes its way: see outbound/mirror-request.ts.

import type { Trailers } from './http.ts';

export interface RequestCopy {
  data(chunk: Buffer): void;
  end(trailers: Trailers | undefined): void;
  abandon(): void;
}
