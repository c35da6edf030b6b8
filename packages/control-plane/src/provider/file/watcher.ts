// Tells that something changed in a folder or its subfolders, not what: whoever listens reads again.
// One watch for each folder, opened before the folder is listed, so that no change falls between the two.

import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';

export class FolderWatcher {
  readonly #onEvent: () => void;
  readonly #watches = new Map<string, FSWatcher>();
  readonly #entered = new Set<string>();
  #isComplete = true;

  constructor(onEvent: () => void) {
    this.#onEvent = onEvent;
  }

  /** Folders that are not entered until `end` are gone, and no longer watched. */
  begin(): void {
    this.#entered.clear();
    this.#isComplete = true;
  }

  enter(folder: string): void {
    this.#entered.add(folder);
    if (this.#watches.has(folder)) return;
    let opened: FSWatcher;
    try {
      opened = watch(folder);
    } catch {
      // Out of watches, or the folder is gone: the caller has to look again by itself.
      this.#isComplete = false;
      return;
    }
    opened.on('change', (event, name) => {
      // Removed or renamed itself: the watch is on what is no longer at this path.
      if (event === 'rename' && name === basename(folder)) this.#drop(folder, opened);
      this.#onEvent();
    });
    opened.on('error', () => {
      this.#drop(folder, opened);
      this.#onEvent();
    });
    this.#watches.set(folder, opened);
  }

  /** @returns whether every folder is watched; if not, changes in some will not be told. */
  end(): boolean {
    for (const [folder, opened] of this.#watches) {
      if (!this.#entered.has(folder)) this.#drop(folder, opened);
    }
    return this.#isComplete;
  }

  close(): void {
    for (const [folder, opened] of this.#watches) this.#drop(folder, opened);
  }

  #drop(folder: string, opened: FSWatcher): void {
    opened.close();
    if (this.#watches.get(folder) === opened) this.#watches.delete(folder);
  }
}
