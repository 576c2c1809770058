// Calls of handlers that `awslambda.streamifyResponse` has marked: (event, stream, context).

import { finished } from 'node:stream';
import { logError } from './log.mjs';
import { ResponseStream } from './response_stream.mjs';

// As callBuffered. The result is sent when the handler has returned and its stream has ended; what fails
// before that is an error, since nothing has been sent.
export function callStreamed(handler, traits, prepare, reply, loop) {
  const stream = new ResponseStream(traits.highWaterMark);
  const context = { callbackWaitsForEmptyEventLoop: true };
  let isOver = false;
  const fail = (error) => {
    if (isOver) return;
    isOver = true;
    logError('Invoke Error', error);
    reply.error(error);
  };
  const succeed = () => {
    if (isOver) return;
    const document = stream.result();
    isOver = true;
    reply.document(document);
  };

  loop.onEmpty = () => fail('Response stream is not finished.');
  const end = new Promise((resolve, reject) => {
    finished(stream, (error) => (error ? reject(error) : resolve()));
  });
  end.catch(() => {}); // Looked at when the handler has returned.
  try {
    const returned = handler(prepare(context), stream, context);
    if (typeof returned?.then !== 'function') {
      fail('Streaming does not support non-async handlers.');
      return;
    }
    returned.then((value) => {
      if (value !== undefined) console.warn('Streaming handlers ignore return values.');
      return end.then(succeed);
    }).catch(fail);
  } catch (error) {
    fail(error);
  }
}
