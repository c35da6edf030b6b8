// Trailers (RFC 9113 8.1): no pseudo-headers, and nothing that would frame or route the message once it is under way.

import type { Trailers } from '../../stack/http.ts';
import { KNOWN } from '../../stack/known-header.ts';
import { FieldSection } from './field-section.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';

/** RFC 9110 6.5.1; on a hop of HTTP/1.1 they could be taken for another message's. */
const FORBIDDEN = (1 << KNOWN.host) | (1 << KNOWN['content-length']) | (1 << KNOWN.te);

export class TrailerSection extends FieldSection {
  protected override takePseudo(): boolean {
    this.refusal = REFUSALS.trailers;
    return false;
  }

  finish(): H2Refusal | undefined {
    if (this.refusal !== undefined) return this.refusal;
    return (this.present & FORBIDDEN) === 0 ? undefined : REFUSALS.trailers;
  }

  get lines(): Trailers {
    return this.names.map((name, i) => [name, this.values[i] as string] as const);
  }
}
