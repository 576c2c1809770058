// `console` as AWS's runtime sets it up: time, request id, level, message, with tabs between; or JSON.

import { format } from 'node:util';
import { asError, errorText, stackLines } from './errors.mjs';
import { writeOutput } from './output.mjs';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const METHODS = {
  trace: 'TRACE', debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL',
};
const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId'); // Where other libraries look for it.

let isJson = false;

// The id of the running invocation; undefined during init.
export function setRequestId(id) {
  globalThis[REQUEST_ID] = id;
}

// Where several run at once: `find` gives the id of the one that asks.
export function takeRequestIds(find) {
  Object.defineProperty(globalThis, REQUEST_ID, { configurable: true, get: find });
}

// Puts our methods into `console`. `environ` is the function's; `level` counts where that names none, from
// WARN on: like AWS, text is not filtered by default.
export function setUpConsole(environ, level) {
  isJson = environ.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
  const least = leastLevel(environ.AWS_LAMBDA_LOG_LEVEL, level);
  for (const [method, name] of Object.entries(METHODS)) {
    console[method] = LEVELS.indexOf(name) >= least ? (...values) => write(name, values) : () => {};
  }
  console.log = console.info;
}

// Shows an error that ends an invocation, or the process.
export function logError(title, error) {
  if (error?.hint) writeOutput(2, `${error.hint}\n`);
  if (isJson) {
    console.error(asError(error));
  } else {
    console.error(title, `\t${errorText(error)}`);
  }
}

function leastLevel(named, configured) {
  const level = LEVELS.indexOf(named?.toUpperCase());
  if (level >= 0) return level;
  const ours = { WARNING: 'WARN', CRITICAL: 'FATAL' }[configured] ?? configured;
  return LEVELS.indexOf(ours) >= LEVELS.indexOf('WARN') ? LEVELS.indexOf(ours) : 0;
}

function write(level, values) {
  const time = new Date().toISOString();
  const line = isJson
    ? record(time, level, values)
    : `${time}\t${globalThis[REQUEST_ID]}\t${level}\t${format(...values)}`;
  writeOutput(1, `${line}\n`);
}

function record(timestamp, level, values) {
  const told = { timestamp, level, requestId: globalThis[REQUEST_ID] };
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...told, message: values[0] }, (_key, value) => asMembers(value));
    } catch {
      return JSON.stringify({ ...told, message: format(values[0]) });
    }
  }
  told.message = format(...values);
  const error = values.find((value) => value instanceof Error);
  return JSON.stringify(error ? { ...told, ...errorMembers(error) } : told);
}

function asMembers(value) {
  return value instanceof Error ? { ...errorMembers(value), ...value } : value;
}

function errorMembers(error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? stackLines(error.stack) : [],
  };
}
