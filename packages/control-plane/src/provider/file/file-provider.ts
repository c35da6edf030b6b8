// The provider that watches a folder of manifests, and the Pods that the local mesh's launcher runs for them.

import { isDeepStrictEqual } from 'node:util';
import type { Diagnostic } from '@weft/api/control-plane-api';
import type { Pod } from '@weft/api/kinds/pod';
import type { SourcedResource } from '@weft/api/resource';
import type { Provider, ResourceSet } from '../provider.ts';
import { type FolderFile, readFolder } from './folder.ts';
import type { KeptTexts } from './kept-texts.ts';
import { EMPTY_STATE, type FolderState, nextState } from './last-good.ts';
import { noManifests } from './load-folder.ts';
import { LocalCluster } from './local-cluster.ts';
import { readPods } from './pods.ts';
import { FolderWatcher } from './watcher.ts';

export interface FileProviderOptions {
  /** Quiet time after a change: editors write a file in several steps. Default 50. */
  readonly quietMs: number;
  /** How long a file that was emptied or removed keeps its objects: most likely it is about to be written. Default 250. */
  readonly holdMs: number;
  /** Keeps what is right for the next start. Absent: a file that is broken at the start has no last good version. */
  readonly kept?: KeptTexts;
}

const DEFAULTS: FileProviderOptions = { quietMs: 50, holdMs: 250 };
/** Something that never rests (a log in the same folder) must not hold up the rest. */
const LONGEST_WAIT_MS = 300;
/** How often to look by ourselves where the file system will not tell: the folder is gone, watches ran out. */
const POLL_MS = 500;

export class FileProvider implements Provider {
  readonly kind = 'file';
  readonly source: string;
  readonly ready: Promise<void>;

  readonly #watcher = new FolderWatcher(() => this.#changed());
  readonly #cluster = new LocalCluster();
  readonly #listeners = new Set<(set: ResourceSet) => void>();
  readonly #options: FileProviderOptions;
  /** Files that were found empty or gone, and when. */
  readonly #held = new Map<string, number>();
  #state = EMPTY_STATE;
  #written = EMPTY_STATE.set;
  #pods: readonly Pod[] = [];
  #current: ResourceSet = EMPTY_STATE.set;
  #timer: NodeJS.Timeout | undefined;
  /** When the first change was that is not read yet. */
  #changedAt: number | undefined;
  /** The end of the chain of readings: never two at once. */
  #reading: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** @param folder As the user named it; file names in diagnostics begin with it. Watching begins at once. */
  constructor(folder: string, options: Partial<FileProviderOptions> = {}) {
    this.source = folder;
    this.#options = { ...DEFAULTS, ...options };
    this.ready = this.#start();
    // Whoever awaits it is told; an unhandled rejection besides would end the process.
    this.ready.catch(() => {});
  }

  get current(): ResourceSet {
    return this.#current;
  }

  onChange(listener: (set: ResourceSet) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * The Pods that run now, all of them. Pods of equal content keep their reference.
   * @returns what is wrong with the list, which then has no effect; undefined: nothing.
   */
  setPods(pods: readonly unknown[]): string | undefined {
    const report = readPods(pods);
    if (report.kind === 'refused') return report.reason;
    this.#pods = report.pods;
    this.#publish();
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watcher.close();
    this.#listeners.clear();
    await this.#reading;
    // A reading under way may have opened watches since.
    this.#watcher.close();
  }

  async #start(): Promise<void> {
    const problem = await this.#readNext();
    if (problem === undefined) return;
    await this[Symbol.asyncDispose]();
    throw new Error(problem.message);
  }

  #changed(): void {
    if (this.#isClosed) return;
    const now = performance.now();
    this.#changedAt ??= now;
    this.#readIn(Math.min(this.#options.quietMs, Math.max(0, this.#changedAt + LONGEST_WAIT_MS - now)));
  }

  #readIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#changedAt = undefined;
      void this.#readNext();
    }, delayMs);
  }

  #readNext(): Promise<Diagnostic | undefined> {
    const next = this.#reading.then(() => this.#read());
    this.#reading = next;
    return next;
  }

  /** @returns why there is nothing to read. */
  async #read(): Promise<Diagnostic | undefined> {
    if (this.#isClosed) return undefined;
    this.#watcher.begin();
    const reading = await readFolder(this.source, (folder) => this.#watcher.enter(folder));
    if (this.#isClosed) return undefined;
    let isWatched = this.#watcher.end();
    let problem: Diagnostic | undefined;
    if (reading.kind === 'failed') {
      isWatched = false;
      problem = { severity: 'error', reason: 'UnreadableFolder', message: reading.message };
    } else {
      if (this.#state === EMPTY_STATE) this.#state = this.#keptState(reading.files);
      const files = this.#hold(reading.files);
      this.#state = nextState(this.#state, files);
      this.#options.kept?.keep(this.#state);
      if (files.length === 0) {
        problem = { severity: 'error', reason: 'NoManifests', message: noManifests(this.source) };
      }
    }
    const { set } = this.#state;
    this.#written = problem ? { ...set, diagnostics: [problem, ...set.diagnostics] } : set;
    // A change that came meanwhile has its own time already.
    if (this.#changedAt === undefined && !isWatched) this.#readIn(POLL_MS);
    else if (this.#changedAt === undefined && this.#held.size > 0) this.#readIn(this.#options.holdMs);
    this.#publish();
    return problem;
  }

  /** What was in effect before the start, of the files that are there still. */
  #keptState(files: readonly FolderFile[]): FolderState {
    const texts = files.flatMap(({ path }) => {
      const text = this.#options.kept?.get(path);
      return text === undefined ? [] : [{ path, text }];
    });
    return nextState(EMPTY_STATE, texts);
  }

  /** `files` with those that were emptied or removed just now as if they had not been looked at. */
  #hold(files: readonly FolderFile[]): FolderFile[] {
    const now = performance.now();
    const former = this.#state.files;
    const candidates = files.filter(({ text }) => text === '').map(({ path }) => path);
    // A file that is gone while a new one came has been renamed: its objects are there already.
    if (files.every(({ path }) => former.has(path))) {
      const found = new Set(files.map(({ path }) => path));
      candidates.push(...former.keys().filter((path) => !found.has(path)));
    }
    const held = new Set<string>();
    for (const path of candidates) {
      if ((former.get(path)?.inEffect.size ?? 0) === 0) continue;
      const since = this.#held.get(path) ?? now;
      this.#held.set(path, since);
      if (now - since < this.#options.holdMs) held.add(path);
    }
    for (const path of this.#held.keys()) if (!held.has(path)) this.#held.delete(path);
    return [...files.filter(({ path }) => !held.has(path)), ...[...held].map((path) => ({ path }))];
  }

  #publish(): void {
    const next = this.#cluster.complete(this.#written, this.#pods);
    if (isSameSet(this.#current, next)) return;
    this.#current = next;
    for (const listener of this.#listeners) listener(next);
  }
}

function isSameSet(a: ResourceSet, b: ResourceSet): boolean {
  return (
    isSameList(a.resources, b.resources) &&
    isSameList(a.unreadable ?? [], b.unreadable ?? []) &&
    isDeepStrictEqual(a.diagnostics, b.diagnostics)
  );
}

function isSameList(a: readonly SourcedResource[], b: readonly SourcedResource[]): boolean {
  return a.length === b.length && a.every((resource, index) => resource === b[index]);
}
