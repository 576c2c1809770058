// The reports of an environment, with its peak memory and the files it has loaded since the last one.

import { errorDocument } from './errors.mjs';
import { ERROR, FAILED, LAST, LEFT, READY, RESULT } from './frames.mjs';
import { Leftovers } from './leftovers.mjs';
import { encode } from './result.mjs';

const QUICK_MS = 0.5; // An invocation in which memory cannot have grown by much.
const UNASKED_MAX = 50;

export class Reports {
  #socket;
  #loaded;
  #leftovers = new Leftovers();
  #peakKib = 0;
  #unasked = UNASKED_MAX; // Answers since the peak was asked for.

  constructor(socket, loaded) {
    this.#socket = socket;
    this.#loaded = loaded;
  }

  ready() {
    this.send(READY, '');
  }

  failed(error) {
    this.send(FAILED, errorDocument(error));
  }

  send(type, document, isQuick = false) {
    this.#unasked += 1;
    if (!isQuick || this.#unasked > UNASKED_MAX) {
      this.#unasked = 0;
      this.#peakKib = process.resourceUsage().maxRSS;
    }
    if (type === RESULT || type === ERROR) {
      const left = this.#leftovers.found(isQuick);
      if (left !== '') this.#socket.send(LEFT, 0, '', left);
    }
    this.#socket.send(type, this.#peakKib, this.#loaded.drain(), document);
  }
}

// The answer to one invocation; the first that is given is sent, then `then` is called.
export class Reply {
  #reports;
  #then;
  #isSent = false;
  #began = performance.now();

  constructor(reports, then) {
    this.#reports = reports;
    this.#then = then;
  }

  get isSent() {
    return this.#isSent;
  }

  // Throws if `value` is no JSON.
  result(value) {
    let document;
    try {
      document = encode(value);
    } catch (error) {
      if (!error.name.startsWith('Function.')) throw error;
      console.error(`${error.name}: ${error.message}`);
      this.error(error);
      return;
    }
    this.document(document);
  }

  document(document) {
    this.#send(RESULT, document);
  }

  error(error) {
    this.#send(ERROR, errorDocument(error));
  }

  // The process ends after it: nothing may be given to it any more.
  lastError(error) {
    this.#send(LAST, errorDocument(error));
  }

  #send(type, document) {
    if (this.#isSent) {
      console.error('Invocation has already been reported as done. ' +
        'Cannot call complete more than once per invocation.');
      return;
    }
    this.#isSent = true;
    this.#reports.send(type, document, performance.now() - this.#began < QUICK_MS);
    this.#then();
  }
}
