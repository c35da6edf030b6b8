// The head of a response (RFC 9113 8.3.2).

import type { ResponseHead } from '../../stack/http.ts';
import { PSEUDO } from './hpack/pseudo.ts';
import { H2MessageHead } from './message-head.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';

export class H2ResponseHead extends H2MessageHead implements ResponseHead {
  status = 0;

  protected override takePseudo(id: number, value: string): boolean {
    if (id !== PSEUDO[':status'] || this.status !== 0) return false;
    this.status = statusOf(value);
    return this.status !== 0;
  }

  /** After the last field; `isEnd`: no body follows. */
  finish(isEnd: boolean): H2Refusal | undefined {
    if (this.refusal !== undefined) return this.refusal;
    // HTTP/2 has no 101 (RFC 9113 8.6), and 1xx never ends a stream (8.1).
    if (this.status === 0 || this.status === 101 || (isEnd && this.status < 200)) return REFUSALS.status;
    return undefined;
  }
}

/** Three digits, 100 to 599; else 0. */
function statusOf(value: string): number {
  return /^[1-5]\d\d$/.test(value) ? Number(value) : 0;
}
