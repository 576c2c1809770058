// Loads ahead what the first import of a handler needs of Node itself.

import { createRequire } from 'node:module';

// Of what most handlers import, the libraries that take long to load (20 ms) and little memory (3 MB).
const LIBRARIES = ['node:http', 'node:https', 'node:crypto'];

export async function warmLoaders() {
  const require = createRequire(import.meta.url);
  for (const name of LIBRARIES) require(name); // Not imported: that would also load all that they only offer.
  require('./warm.cjs');
  await import('./warm.cjs?');
}
