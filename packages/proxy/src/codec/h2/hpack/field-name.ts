// A received name as the decoder's tables keep it: what has to be known of it is found out once, not with each request.

import { knownHeader } from '../../../stack/known-header.ts';
import { TOKEN } from '../../characters.ts';
import { type Indexing, indexingOf } from './indexing.ts';
import { MALFORMED, PSEUDO } from './pseudo.ts';

export interface FieldName {
  readonly text: string;
  /** KNOWN or PSEUDO id, MALFORMED, or 0. */
  readonly id: number;
  readonly indexing: Indexing;
}

const COLON = 58;
const UPPER_A = 65;
const UPPER_Z = 90;

export function fieldName(text: string): FieldName {
  return { text, id: idOf(text), indexing: indexingOf(text) };
}

function idOf(text: string): number {
  if (text.charCodeAt(0) === COLON)
    return Object.hasOwn(PSEUDO, text) ? PSEUDO[text as keyof typeof PSEUDO] : PSEUDO.unknown;
  // Upper case is in the tokens of RFC 9110 5.6.2 and forbidden by RFC 9113 8.2.1.
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (TOKEN[code] !== 1 || (code >= UPPER_A && code <= UPPER_Z)) return MALFORMED;
  }
  return text === '' ? MALFORMED : knownHeader(text, 0, text.length);
}
