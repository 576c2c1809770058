// A handler's result as JSON, as AWS's Node runtime writes it.

import { Fault } from './errors.mjs';

const RESULT_BYTES_MAX = 6 * 1024 * 1024 + 100;

// Throws what AWS's runtime throws if it is no JSON, or a Fault if it is too large.
export function encode(value) {
  let document;
  try {
    document = JSON.stringify(value) ?? 'null'; // Also of functions and symbols.
  } catch (error) {
    const unable = new Error('Unable to stringify response body');
    Object.defineProperty(unable, 'hint', { value: `hint: the result is no JSON: ${error}` });
    throw unable;
  }
  checkSize(document);
  return document;
}

// `document`, text or bytes, must not be larger than what Lambda passes on.
export function checkSize(document) {
  if (document.length * 3 > RESULT_BYTES_MAX && Buffer.byteLength(document) > RESULT_BYTES_MAX) {
    throw new Fault('Function.ResponseSizeTooLarge',
      `Response payload size exceeded maximum allowed payload size (${RESULT_BYTES_MAX} bytes).`);
  }
}
