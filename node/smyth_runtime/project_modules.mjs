// Which of the project's files have been loaded since the server was last told.

import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NOT_THE_PROJECTS = new Set(['node_modules', 'site-packages', 'dist-packages', '__pycache__', '.venv']);
const { realpathSync, statSync } = fs; // Whatever a handler puts in their place.

// Lines as frame.h has them; the time and the size of a file are from before it was read.
export class LoadedModules {
  #root; // Both names of the folder, with a slash; undefined: nothing is the project's.
  #realRoot;
  #lines = new Map(); // By path: a file may be seen twice, by different loaders.

  // From here on files below `project` are noted.
  watch(project) {
    this.#root = path.join(project, '/');
    try {
      this.#realRoot = path.join(realpathSync(project), '/');
    } catch {
      this.#realRoot = this.#root;
    }
  }

  // Called just before the file `file` is read.
  note(file) {
    if (!this.#holds(file) || this.#lines.has(file)) return;
    const status = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (status) this.#lines.set(file, `${status.mtimeNs} ${status.size} ${file}\n`);
  }

  noteUrl(url) {
    if (this.#root !== undefined && url.startsWith('file:')) this.note(fileURLToPath(url));
  }

  // The files that have been noted since the last `drain`, the latest last.
  files() {
    return [...this.#lines.keys()];
  }

  drain() {
    if (this.#lines.size === 0) return '';
    const lines = [...this.#lines.values()].join('');
    this.#lines.clear();
    return lines;
  }

  #holds(file) {
    const root = [this.#root, this.#realRoot].find((each) => each !== undefined && file.startsWith(each));
    return root !== undefined && !file.slice(root.length).split('/').some((part) => NOT_THE_PROJECTS.has(part));
  }
}

// Tells `loaded` of each file that Node's loaders are about to read.
export function watchLoaders(loaded) {
  const { load } = Module.prototype;
  Module.prototype.load = function (file) {
    loaded.note(file);
    return load.call(this, file);
  };
  if (Module.registerHooks) {
    Module.registerHooks({
      load(url, context, nextLoad) {
        loaded.noteUrl(url);
        return nextLoad(url, context);
      },
    });
  } else {
    watchReads(loaded);
  }
}

// Before Node 22.15: the loader of ES modules opens each file by its URL, with these functions of `fs`. Hooks
// there would be another thread, and would change how what is `require`d gets loaded.
function watchReads(loaded) {
  const watched = (read) => function (file, ...more) {
    if (file instanceof URL) loaded.noteUrl(file.href);
    return read.call(this, file, ...more);
  };
  fs.promises.readFile = watched(fs.promises.readFile);
  fs.openSync = watched(fs.openSync); // Within readFileSync, for modules that are `require`d.
}
