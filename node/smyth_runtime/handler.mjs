// From the configured handler to the user's function, by AWS's rules.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault } from './errors.mjs';
import { locatedStack } from './syntax_place.mjs';

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const TYPESCRIPT_FROM = 24; // The first Node with which AWS's runtime looks for it.

const require = createRequire(import.meta.url);

// Imports the module of `folder/module.name` (or `module.object.name`), looked for below `root`, and gives
// its function; `loaded` knows which files that loads. Throws a Fault with AWS's words, or whatever the
// module threw.
export async function loadHandler(root, handler, loaded) {
  if (handler.includes('..')) {
    throw new Fault('Runtime.MalformedHandlerName',
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root ` +
      'directories in handler names.');
  }
  const base = path.basename(handler);
  const folder = handler.slice(0, handler.indexOf(base));
  const [, module, names] = /^([^.]*)\.(.*)$/.exec(base) ?? [];
  if (module === undefined) throw new Fault('Runtime.MalformedHandlerName', 'Bad handler');
  const exports = await importNamed(root, folder, module, loaded);
  const found = names.split('.').reduce((value, name) => value?.[name], exports);
  if (!found) {
    throw new Fault('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  }
  if (typeof found !== 'function') {
    throw new Fault('Runtime.HandlerNotFound', `${handler} is not a function`);
  }
  return found;
}

// How a handler is to be called.
export function traitsOf(handler) {
  return {
    isStreaming: isStreaming(handler),
    highWaterMark: Number.parseInt(handler[HIGH_WATER_MARK]) || undefined,
    isAsync: handler.constructor?.name === 'AsyncFunction',
  };
}

// Marks a handler: `awslambda.streamifyResponse`.
export function streamifyResponse(handler, options) {
  handler[STREAMING] = 'response';
  if (typeof options?.highWaterMark === 'number') handler[HIGH_WATER_MARK] = options.highWaterMark;
  return handler;
}

function isStreaming(handler) {
  const mark = handler[STREAMING] ?? false;
  if (mark !== false && mark !== 'response') {
    throw new Fault('Runtime.MalformedStreamingHandler', 'Only response streaming is supported.');
  }
  return mark === 'response';
}

async function importNamed(root, folder, module, loaded) {
  try {
    return await importFirst(path.resolve(root, folder, module)) ?? requireAsNode(root, folder, module);
  } catch (error) {
    if (error instanceof SyntaxError) {
      const stack = locatedStack(error, loaded.files());
      throw new Fault('Runtime.UserCodeSyntaxError', String(error), { stack });
    }
    if (error?.code === 'MODULE_NOT_FOUND') {
      throw new Fault('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
}

// The first of the files that can be the module; undefined where there is none.
async function importFirst(file) {
  const isEsm = hasTypeModule(path.dirname(file));
  const candidates = [
    ['', false],
    ['.js', isEsm],
    ['.mjs', true],
    ['.cjs', false],
  ];
  if (Number.parseInt(process.versions.node) >= TYPESCRIPT_FROM) {
    candidates.push(['.ts', isEsm], ['.mts', true], ['.cts', false]);
  }
  for (const [extension, isImported] of candidates) {
    const name = file + extension;
    if (existsSync(name)) {
      const exports = isImported ? await import(pathToFileURL(name).href) : require(name);
      if (exports) return exports;
    }
  }
  return undefined;
}

function requireAsNode(root, folder, module) {
  return require(require.resolve(module, { paths: [root, folder] }));
}

// Whether `.js` files in `folder` are ES modules: the nearest package.json says so.
function hasTypeModule(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const file = path.join(folder, 'package.json');
  if (existsSync(file)) {
    try {
      return JSON.parse(readFileSync(file, 'utf8'))?.type === 'module';
    } catch (error) {
      console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return folder !== '/' && hasTypeModule(path.dirname(folder));
}
