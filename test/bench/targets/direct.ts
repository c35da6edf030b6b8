// No proxy at all: what the client and the origin cost, and the latency that everything else is added to.
import type { Target } from './target.ts';

export const direct: Target = {
  name: 'direct',
  about: 'no proxy',
  tools: [],
  features: () => [],
  command: async () => undefined,
  version: () => undefined,
};
