// Where a syntax error is: of an ES module Node says it only when it reports the error itself.

import { spawnSync } from 'node:child_process';

const CHECKED_MAX = 10;
const CHECK_MS_MAX = 2000;

// The stack of `error`, a SyntaxError, with the place before it as Node has it for CommonJS. `files` have been
// loaded, the latest last: one of the latest has it.
export function locatedStack(error, files) {
  const { stack } = error;
  if (!stack.startsWith('SyntaxError')) return stack;
  for (const file of files.slice(-CHECKED_MAX).reverse()) {
    const { stderr } = spawnSync(process.execPath, ['--check', file],
      { encoding: 'utf8', timeout: CHECK_MS_MAX, env: {} });
    const [place, more] = (stderr ?? '').split('\n\nSyntaxError');
    if (more !== undefined && place.includes(file)) return `${place}\n\n${stack}`;
  }
  return stack;
}
