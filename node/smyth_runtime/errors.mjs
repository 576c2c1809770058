// What a caller and the log are told of a failure: AWS's documents, docs/reference/lambda-node.md.

import { types } from 'node:util';

const OURS = new URL('.', import.meta.url).href;

// A failure that the runtime itself names, such as Runtime.ImportModuleError.
export class Fault extends Error {
  // `hint` is for the log alone.
  constructor(name, message, { hint = '', stack } = {}) {
    super(message);
    Object.defineProperty(this, 'name', { value: name, configurable: true });
    Object.defineProperty(this, 'hint', { value: hint });
    this.stack = stack ?? `${name}: ${message}\n${callers(this.stack)}`;
    Object.defineProperty(this, 'stack', { enumerable: false });
  }
}

// A rejection that nobody handles. The log shows its reason and its promise.
export class UnhandledPromiseRejection extends Fault {
  constructor(reason, promise) {
    super('Runtime.UnhandledPromiseRejection', textOf(reason));
    this.reason = reason;
    this.promise = promise;
  }
}

// The error document: `error` may be anything that can be thrown.
export function errorDocument(error) {
  return JSON.stringify(told(error));
}

// What the log shows behind a title, on one line.
export function errorText(error) {
  try {
    return JSON.stringify(asError(error), (_key, value) => withHiddenMembers(value));
  } catch {
    return errorDocument(error);
  }
}

// `error`, or an error that says it: anything can be thrown.
export function asError(error) {
  return error instanceof Error ? error : new Error(textOf(error));
}

// The lines of a stack, without those of the runtime.
export function stackLines(stack) {
  return stack.split('\n').filter((line) => !line.includes(OURS));
}

function told(error) {
  try {
    if (types.isNativeError(error) || looksLikeError(error)) {
      const { name, message, stack } = error;
      if (name.startsWith('Function.')) { // Those are not the runtime's, but Lambda's own.
        return { errorMessage: message, errorType: name };
      }
      return { errorType: clean(name), errorMessage: clean(message), trace: stackLines(clean(stack)) };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more ' +
        'of its message, name, and stack',
      trace: [],
    };
  }
}

function looksLikeError(value) {
  return [value?.name, value?.message, value?.stack].every((part) => part && typeof part === 'string');
}

function clean(text) {
  return text.replaceAll('\x7f', '%7F'); // As AWS's client, whose header could not carry it.
}

function withHiddenMembers(value) {
  if (!(value instanceof Error)) return value;
  const shown = {
    errorType: value.name, errorMessage: value.message, code: value.code, ...value,
  };
  if (typeof value.stack === 'string') shown.stack = stackLines(value.stack);
  return shown;
}

function textOf(value) {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function callers(stack) {
  return String(stack).split('\n').filter((line) => line.startsWith('    at ')).join('\n');
}
