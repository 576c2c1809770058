// Calls of ordinary handlers: async ones, and those that answer by `callback` or `context.done`.

import { Fault } from './errors.mjs';
import { logError } from './log.mjs';

// Calls `handler` once. `prepare(context)` completes the context and gives the event; `reply` is this
// invocation's Reply; `loop.onEmpty` is set to what is to be done when nothing is left to wait for.
//
// Only the first answer counts; one that throws (a result that is no JSON) leaves the way open for another.
export function callBuffered(handler, traits, prepare, reply, loop) {
  let isFinished = false;

  const fail = (error) => {
    logError('Invoke Error', error);
    reply.error(error);
  };
  const done = (error, result) => {
    if (error !== undefined && error !== null) fail(error);
    else reply.result(result);
  };
  const callback = (error, result) => {
    const isToWait = context.callbackWaitsForEmptyEventLoop && !reply.isSent; // Else the loop is another's.
    if ((error === undefined || error === null) && isToWait) {
      loop.onEmpty = () => reply.result(result);
    } else {
      done(error, result);
    }
  };
  const once = (answer) => (...values) => {
    if (isFinished) return;
    answer(...values);
    isFinished = true;
  };
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    succeed: once((result) => done(null, result)),
    fail: once((error) => done(error ?? 'handled')),
    done: once(done),
  };

  loop.onEmpty = () => {
    if (traits.isAsync) fail(new Fault('Runtime.NodeJsExit', NEVER_SETTLED));
    else reply.result(null); // It has not called back.
  };
  const callbackOnce = once(callback);
  try {
    const event = prepare(context);
    const result = handler(event, context, callbackOnce);
    if (typeof result?.then === 'function') {
      Promise.resolve(result).then(context.succeed, context.fail).catch(context.fail);
    }
  } catch (error) {
    callbackOnce(error);
  }
}

const NEVER_SETTLED =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a ' +
  'Promise that was never settled. For more information, see ' +
  'https://nodejs.org/docs/latest/api/process.html#exit-codes';
