// A YAML (or JSON) text with any number of objects → the objects, each with its origin, and what is wrong.
// One bad document never costs the others.

import { type Document, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import type { Diagnostic } from '../control-plane-api.ts';
import type { ResourceOrigin, SourcedResource } from '../resource.ts';
import { ambiguousScalars } from './ambiguous-scalar.ts';
import { checkObject } from './check.ts';
import { withoutDuplicates } from './duplicate.ts';
import { formatFieldPath } from './field-path.ts';
import { type ObjectSource, originOf, positionAt, positionOf } from './origin.ts';
import type { Problem } from './problem.ts';

/** One object of a text: what it gives, or why it gives nothing. */
export interface ManifestEntry {
  /** `HTTPRoute/bookshop/reviews`; absent where it could not be read that far. */
  readonly ref?: string;
  readonly origin: ResourceOrigin;
  /** Absent: it is invalid. */
  readonly resource?: SourcedResource;
  /** Invalid, but its kind and name are known: as written. For safe behaviour and for showing it. */
  readonly unreadable?: SourcedResource;
  readonly diagnostics: readonly Diagnostic[];
  /** An earlier entry is the same object; this one has no effect. */
  readonly isDuplicate?: boolean;
}

export interface Manifest {
  readonly entries: readonly ManifestEntry[];
  /** A document is no YAML: entries may be missing. */
  readonly isBroken: boolean;
}

/** @param file How the user calls the text; ends up in origins and diagnostics. */
export function parseManifest(text: string, file: string): Manifest {
  const entries: ManifestEntry[] = [];
  let isBroken = false;
  for (const part of splitDocuments(text)) {
    const lines = new LineCounter();
    const documents = parseAllDocuments(part.text, { lineCounter: lines, merge: true, prettyErrors: false });
    // No document at all is told by an object that is no list.
    for (const document of Array.isArray(documents) ? documents : []) {
      const source: ObjectSource = { document, file, lines, linesBefore: part.linesBefore, base: [] };
      const diagnostics = syntaxDiagnostics(source);
      if (diagnostics.length > 0) {
        isBroken = true;
        entries.push({ origin: originOf(source), diagnostics });
      } else if (!isEmpty(document)) {
        entries.push(...readDocument(source));
      }
    }
  }
  return { entries: withoutDuplicates(entries), isBroken };
}

/**
 * Each `---` at the start of a line begins a document, also inside of a quoted or block scalar (YAML 1.2.2,
 * 9.1.2). Parsing them one by one keeps an unclosed bracket from swallowing the documents after it.
 */
function splitDocuments(text: string): { readonly text: string; readonly linesBefore: number }[] {
  const parts: { text: string; linesBefore: number }[] = [];
  let linesBefore = 0;
  for (const part of text.split(/^(?=---(?:\s|$))/m)) {
    parts.push({ text: part, linesBefore });
    linesBefore += part.split('\n').length - 1;
  }
  return parts;
}

/** Nothing but comments, or an explicit null. */
function isEmpty({ contents }: Document): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function syntaxDiagnostics(source: ObjectSource): Diagnostic[] {
  // The first one causes the others.
  const [error] = source.document.errors;
  if (!error) return [];
  const { line, column } = positionAt(source, error.pos[0]);
  const message = `not valid YAML: ${lowerFirst(error.message)}`;
  return [{ severity: 'error', reason: 'InvalidYAML', message, file: source.file, line, column }];
}

function readDocument(source: ObjectSource): ManifestEntry[] {
  let value: unknown;
  try {
    value = source.document.toJS();
  } catch (error) {
    // An alias of nothing, or aliases that unfold without end.
    const message = `not valid YAML: ${lowerFirst((error as Error).message)}`;
    return [entryOf(source, undefined, [{ severity: 'error', reason: 'InvalidYAML', message, path: [] }])];
  }
  const items = listItems(value);
  if (items) return items.flatMap((item, index) => readObject({ ...source, base: ['items', index] }, item));
  return readObject(source, value);
}

/** The objects inside of a `List`, as `kubectl get -o yaml` prints several. */
function listItems(value: unknown): readonly unknown[] | undefined {
  const { kind, items } = (value ?? {}) as { readonly kind?: unknown; readonly items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : undefined;
}

function readObject(source: ObjectSource, value: unknown): ManifestEntry[] {
  // package.json and its like lie in the same folders.
  if (source.file.endsWith('.json') && isNoManifest(value)) return [];
  const checked = checkObject(value);
  switch (checked.kind) {
    case 'ignored':
      return [];
    case 'valid': {
      const origin = originOf(source);
      const { ref, resource } = checked;
      const { diagnostics } = entryOf(source, ref, ambiguousScalars(source));
      return [{ ref, origin, resource: { resource, origin }, diagnostics }];
    }
    case 'invalid': {
      const entry = entryOf(source, checked.ref, checked.problems);
      if (!checked.unreadable) return [entry];
      return [{ ...entry, unreadable: { resource: checked.unreadable, origin: entry.origin } }];
    }
  }
}

function entryOf(source: ObjectSource, ref: string | undefined, problems: readonly Problem[]): ManifestEntry {
  const diagnostics = problems.map(({ severity, reason, message, path, atKey }): Diagnostic => {
    const { line, column } = positionOf(source, path, atKey);
    return {
      severity,
      reason,
      message,
      ...(ref === undefined ? {} : { object: ref }),
      file: source.file,
      line,
      column,
      ...(path.length === 0 ? {} : { field: formatFieldPath(path) }),
    };
  });
  diagnostics.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  return { ...(ref === undefined ? {} : { ref }), origin: originOf(source), diagnostics };
}

function isNoManifest(value: unknown): boolean {
  const { apiVersion, kind } = (value ?? {}) as { readonly apiVersion?: unknown; readonly kind?: unknown };
  return apiVersion === undefined && kind === undefined;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
