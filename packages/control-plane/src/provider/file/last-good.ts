// What is in effect of each file: what can be read now, and for what cannot, the last version that could.
// Pure: the former state and the texts in, the next state and the resources out.

import { sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Diagnostic } from '@weft/api/control-plane-api';
import { type ManifestEntry, parseManifest } from '@weft/api/manifest/parse';
import type { SourcedResource } from '@weft/api/resource';
import type { ResourceSet } from '../provider.ts';
import type { FolderFile } from './folder.ts';

/** Of one file, by object reference (`HTTPRoute/bookshop/reviews`). */
interface FileState {
  readonly text: string;
  readonly inEffect: ReadonlyMap<string, SourcedResource>;
  readonly unreadable: ReadonlyMap<string, SourcedResource>;
  readonly diagnostics: readonly Diagnostic[];
}

export interface FolderState {
  readonly files: ReadonlyMap<string, FileState>;
  readonly set: ResourceSet;
}

export const EMPTY_STATE: FolderState = { files: new Map(), set: { resources: [], diagnostics: [] } };

/**
 * A file that is gone takes its objects with it; one that cannot be read keeps them.
 * Objects of equal content keep their `resource` reference; a whole unchanged file keeps its SourcedResources.
 */
export function nextState(before: FolderState, files: readonly FolderFile[]): FolderState {
  const formerResources = resourcesByRef(before);
  const next: [string, FileState][] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { path, text, diagnostic } of files) {
    if (diagnostic) {
      diagnostics.push(diagnostic);
      next.push(...statesBelow(before, path));
    } else {
      const former = before.files.get(path);
      const isSame = text === undefined || text === former?.text;
      if (!isSame) next.push([path, readState(path, text, former, formerResources)]);
      else if (former) next.push([path, former]);
    }
  }
  next.sort(([a], [b]) => (a < b ? -1 : 1));
  const states = new Map(next);
  return { files: states, set: combine(states.values(), diagnostics) };
}

/** The file of this path, or all files of the folder of this path. */
function statesBelow(before: FolderState, path: string): [string, FileState][] {
  return [...before.files].filter(([file]) => file === path || file.startsWith(path + sep));
}

function resourcesByRef({ files }: FolderState): Map<string, SourcedResource> {
  const resources = new Map<string, SourcedResource>();
  for (const { inEffect } of files.values()) {
    for (const [ref, resource] of inEffect) if (!resources.has(ref)) resources.set(ref, resource);
  }
  return resources;
}

function readState(
  path: string,
  text: string,
  former: FileState | undefined,
  formerResources: ReadonlyMap<string, SourcedResource>,
): FileState {
  const { entries } = parseManifest(text, path);
  const inEffect = new Map<string, SourcedResource>();
  const unreadable = new Map<string, SourcedResource>();
  const diagnostics: Diagnostic[] = [];
  for (const entry of entries) {
    const lastGood = entry.ref === undefined ? undefined : former?.inEffect.get(entry.ref);
    if (entry.resource && entry.ref !== undefined) {
      inEffect.set(entry.ref, sameIfEqual(entry.resource, formerResources.get(entry.ref)));
      diagnostics.push(...entry.diagnostics);
    } else if (lastGood && entry.ref !== undefined && !entry.isDuplicate) {
      inEffect.set(entry.ref, lastGood);
      diagnostics.push(...withRemark(entry.diagnostics, 'its last good version stays in effect'));
    } else {
      if (entry.unreadable && entry.ref !== undefined) unreadable.set(entry.ref, entry.unreadable);
      diagnostics.push(...entry.diagnostics);
    }
  }
  keepUnmentioned(entries, former, inEffect, diagnostics);
  return { text, inEffect, unreadable, diagnostics };
}

/**
 * Where a document cannot even be told apart (broken YAML, a misspelt kind, no name), it may be any of the objects
 * that the file had before and that nothing mentions now: they all stay.
 */
function keepUnmentioned(
  entries: readonly ManifestEntry[],
  former: FileState | undefined,
  inEffect: Map<string, SourcedResource>,
  diagnostics: Diagnostic[],
): void {
  if (!former || !entries.some(isUnidentified)) return;
  const mentioned = new Set(entries.map((entry) => entry.ref));
  const kept = [...former.inEffect].filter(([ref]) => !mentioned.has(ref));
  if (kept.length === 0) return;
  for (const [ref, resource] of kept) inEffect.set(ref, resource);
  const names = kept.map(([ref]) => ref).join(', ');
  const broken = entries.find(isUnidentified) as ManifestEntry;
  for (const [index, diagnostic] of diagnostics.entries()) {
    if (!broken.diagnostics.includes(diagnostic)) continue;
    diagnostics[index] = { ...diagnostic, message: `${diagnostic.message} (still in effect: ${names})` };
    return;
  }
}

function isUnidentified({ ref, diagnostics }: ManifestEntry): boolean {
  return (
    ref === undefined ||
    diagnostics.some(({ reason }) => reason === 'UnknownKind' || reason === 'InvalidApiVersion')
  );
}

function sameIfEqual(now: SourcedResource, before: SourcedResource | undefined): SourcedResource {
  return before && isDeepStrictEqual(before.resource, now.resource)
    ? { ...now, resource: before.resource }
    : now;
}

function withRemark(diagnostics: readonly Diagnostic[], remark: string): Diagnostic[] {
  return diagnostics.map((diagnostic) => ({ ...diagnostic, message: `${diagnostic.message} (${remark})` }));
}

/** The first file by path wins where two have the same object. */
function combine(states: Iterable<FileState>, fileDiagnostics: readonly Diagnostic[]): ResourceSet {
  const resources = new Map<string, SourcedResource>();
  const unreadable = new Map<string, SourcedResource>();
  const diagnostics = [...fileDiagnostics];
  for (const state of states) {
    diagnostics.push(...state.diagnostics);
    for (const [ref, resource] of state.inEffect) {
      const first = resources.get(ref);
      if (first) diagnostics.push(duplicate(ref, resource, first));
      else resources.set(ref, resource);
    }
    for (const [ref, resource] of state.unreadable) unreadable.set(ref, resource);
  }
  // Another file has a version of it that can be read.
  for (const ref of resources.keys()) unreadable.delete(ref);
  return { resources: [...resources.values()], diagnostics, unreadable: [...unreadable.values()] };
}

function duplicate(ref: string, second: SourcedResource, first: SourcedResource): Diagnostic {
  return {
    severity: 'error',
    reason: 'Duplicate',
    message: `${ref} is already defined at ${first.origin?.file}:${first.origin?.line}; remove one of them`,
    object: ref,
    ...(second.origin ? { file: second.origin.file, line: second.origin.line, column: 1 } : {}),
  };
}
