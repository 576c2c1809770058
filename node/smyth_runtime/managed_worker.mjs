// A worker thread of managed.mjs: loads the handler, and serves the invocations that it is given, however
// many run already. Which of them code runs for is known by its asynchronous context.

import { AsyncLocalStorage } from 'node:async_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { offerStreaming } from './adopt.mjs';
import { addMembers } from './context.mjs';
import { errorDocument, Fault, UnhandledPromiseRejection } from './errors.mjs';
import { RESULT } from './frames.mjs';
import { loadHandler, traitsOf } from './handler.mjs';
import { logError, setUpConsole, takeRequestIds } from './log.mjs';
import { writeThrough } from './output.mjs';
import { LoadedModules, watchLoaders } from './project_modules.mjs';
import { Reply } from './reports.mjs';
import { callStreamed } from './streamed_call.mjs';

const EXIT_REJECTION = 128;
const EXIT_EXCEPTION = 129;
const NO_CALLBACKS =
  'ERROR: AWS Lambda does not support callback-based function handlers with Managed Instances. Modify this ' +
  'function to use a supported handler signature, such as `async (event, context)`.';

const { env } = process;
const current = new AsyncLocalStorage(); // The invocation.
const replies = new Map(); // Of those that run, by their request ids.
const spec = {
  function: env.AWS_LAMBDA_FUNCTION_NAME,
  version: env.AWS_LAMBDA_FUNCTION_VERSION,
  memory: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  log_group: env.AWS_LAMBDA_LOG_GROUP_NAME,
  log_stream: env.AWS_LAMBDA_LOG_STREAM_NAME,
};

writeThrough();
offerStreaming();
takeRequestIds(() => current.getStore()?.requestId);
setUpConsole(env, workerData.logLevel);
process.on('uncaughtException', (error) => die('Uncaught Exception', error, EXIT_EXCEPTION));
process.on('unhandledRejection', (reason, promise) => {
  die('Unhandled Promise Rejection', new UnhandledPromiseRejection(reason, promise), EXIT_REJECTION);
});

async function begin() {
  const loaded = new LoadedModules();
  watchLoaders(loaded);
  try {
    const handler = await loadHandler(env.LAMBDA_TASK_ROOT, env._HANDLER, loaded);
    const traits = traitsOf(handler);
    if (handler.length > 2 && !traits.isStreaming) throw new Fault('Runtime.CallbackHandlerDeprecated', NO_CALLBACKS);
    const serve = (invocation) => call(handler, traits, invocation);
    parentPort.on('message', (invocation) => current.run(invocation, serve, invocation));
    parentPort.postMessage({ kind: 'ready' });
  } catch (error) {
    logError('Init Error', error);
    parentPort.postMessage({ kind: 'failed', document: errorDocument(error) });
  }
}

function call(handler, traits, invocation) {
  const { requestId } = invocation;
  const send = (type, document) => {
    replies.delete(requestId);
    parentPort.postMessage({ kind: 'answer', requestId, isError: type !== RESULT, document });
  };
  const reply = new Reply({ send }, () => {});
  replies.set(requestId, reply);
  const prepare = (context) => {
    addMembers(context, spec, invocation);
    context.xRayTraceId = invocation.traceId;
    return JSON.parse(invocation.event);
  };
  if (traits.isStreaming) callStreamed(handler, traits, prepare, reply, {});
  else callAwaited(handler, prepare, reply);
}

// Unlike where there is one invocation at a time, what any function returns is its result.
async function callAwaited(handler, prepare, reply) {
  try {
    const context = {};
    const event = prepare(context);
    reply.result(await handler(event, context));
  } catch (error) {
    logError('Invoke Error', error);
    reply.error(error);
  }
}

// Ends the environment for `error`. Whose it is cannot be told: it is that of all that run in this thread.
function die(title, error, code) {
  logError(title, error);
  parentPort.postMessage({ kind: 'dying' });
  for (const reply of [...replies.values()]) reply.lastError(error);
  parentPort.postMessage({ kind: 'dead', code });
}

await begin();
