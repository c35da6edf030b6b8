// The headers that the codec and the proxy treat by name, told from the text of a head without making strings.

import { LOWER } from '../codec/characters.ts';

/** Ids are below 32, so that a set of them is one bit mask. 0: any other header. */
export const KNOWN = {
  host: 1,
  'content-length': 2,
  'transfer-encoding': 3,
  connection: 4,
  'keep-alive': 5,
  'proxy-connection': 6,
  te: 7,
  trailer: 8,
  upgrade: 9,
  expect: 10,
  'x-request-id': 11,
  traceparent: 12,
  'x-forwarded-client-cert': 13,
  'user-agent': 14,
  /** `x-envoy-…` and `x-weft-…`: the mesh's own, which no client may bring. */
  'x-mesh-internal': 15,
  'content-type': 16,
} as const;

export const bit = (id: number): number => 1 << id;

const BY_LENGTH: (readonly { readonly name: string; readonly id: number }[])[] = [];
for (const [name, id] of Object.entries(KNOWN)) {
  if (id !== KNOWN['x-mesh-internal'])
    BY_LENGTH[name.length] = [...(BY_LENGTH[name.length] ?? []), { name, id }];
}

/** The id of the header whose name is text[start, end); 0 if it is none of these. */
export function knownHeader(text: string, start: number, end: number): number {
  const candidates = BY_LENGTH[end - start];
  if (candidates !== undefined) {
    for (const candidate of candidates) if (nameEquals(text, start, end, candidate.name)) return candidate.id;
  }
  if (end - start > 7 && text.charCodeAt(start + 1) === 45 && LOWER[text.charCodeAt(start)] === 120) {
    if (nameStartsWith(text, start, 'x-envoy-') || nameStartsWith(text, start, 'x-weft-'))
      return KNOWN['x-mesh-internal'];
  }
  return 0;
}

/** Whether text[start, end) is `name` (lower-case) in any case. */
export function nameEquals(text: string, start: number, end: number, name: string): boolean {
  return end - start === name.length && nameStartsWith(text, start, name);
}

function nameStartsWith(text: string, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (LOWER[text.charCodeAt(start + i)] !== name.charCodeAt(i)) return false;
  }
  return true;
}
