// Has Node's loaders load what the first import of a handler needs of them.

import { createRequire } from 'node:module';

export async function warmLoaders() {
  createRequire(import.meta.url)('./warm.cjs');
  await import('./warm.cjs?');
}
