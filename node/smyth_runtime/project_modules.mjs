// Which files of the user's own have been loaded since the server was last told.

import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const INSTALLED = `${path.sep}node_modules${path.sep}`;
const OURS = fileURLToPath(new URL('.', import.meta.url));
const { statSync } = fs; // Whatever a handler puts in its place.

// Lines as frame.h has them; the time and the size of a file are from before it was read. Node names files
// by their real paths, wherever links have led: all are the user's own but installed packages.
export class LoadedModules {
  #lines = new Map(); // By path: a file may be seen twice, by different loaders.

  // Called just before `file` is read.
  note(file) {
    if (file.includes(INSTALLED) || file.startsWith(OURS) || this.#lines.has(file)) return;
    try {
      const { mtimeNs, size } = statSync(file, { bigint: true });
      this.#lines.set(file, `${mtimeNs} ${size} ${file}\n`);
    } catch {
      // It is none of the file system's; the loader may know it all the same.
    }
  }

  noteUrl(url) {
    if (url.startsWith('file:')) this.note(fileURLToPath(url));
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
