// A request on the wire, in memory: written and read by the proxy's own codec, so that what a hop drops, adds or
// refuses is what it really would.

import { DEFAULT_LIMITS } from '@weft/proxy/codec/h1/limits';
import { H1RequestHead } from '@weft/proxy/codec/h1/message';
import { parseRequestHead } from '@weft/proxy/codec/h1/parse-head';
import type { H1Refusal } from '@weft/proxy/codec/h1/refusal';
import { writeRequestHead } from '@weft/proxy/codec/h1/write-head';
import type { RequestLines } from './explanation.ts';
import type { HttpQuestion } from './question.ts';

/** The head that the application sends for a question. */
export function writtenHead({ method, target, headers }: HttpQuestion): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

export type Reading =
  | { readonly kind: 'head'; readonly head: H1RequestHead }
  | { readonly kind: 'refused'; readonly refusal: H1Refusal };

/** Reads a head as a sidecar does, before any layer has seen it. */
export function readHead(text: string): Reading {
  const head = new H1RequestHead();
  head.reset(text);
  const refusal = parseRequestHead(head, head, DEFAULT_LIMITS);
  return refusal === undefined ? { kind: 'head', head } : { kind: 'refused', refusal };
}

/** The head that a hop sends on, and its lines. `head`: in normal form, with all its edits. */
export function sentHead(head: H1RequestHead): { readonly text: string; readonly lines: RequestLines } {
  const text = writeRequestHead(head);
  return { text, lines: linesOf(head, text) };
}

/** The lines of `text`, which is what the head says when it is written. */
export function linesOf({ method, path, query, authority }: H1RequestHead, text: string): RequestLines {
  const written = readHead(text);
  if (written.kind === 'refused')
    throw new Error(`a sidecar writes no such head: ${written.refusal.message}`);
  const { head } = written;
  const headers = Array.from({ length: head.count }, (_, i) => [head.name(i), head.value(i)] as const);
  return { method, path, query, host: authority, headers };
}
