// The stream that a streaming handler writes to. What is written is kept, and is one result at the end.

import { isUtf8 } from 'node:buffer';
import { Writable } from 'node:stream';
import { Fault } from './errors.mjs';
import { checkSize } from './result.mjs';

const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const DELIMITER = Buffer.alloc(8); // Between prelude and body.

export class ResponseStream extends Writable {
  #pieces = [];
  #contentType = 'application/octet-stream';
  #isBegun = false;
  _onBeforeFirstWrite; // (write) => ..., as AWS's: HttpResponseStream.from sets it, and so do libraries.

  constructor(highWaterMark) {
    super({ highWaterMark });
  }

  setContentType(contentType) {
    if (this.#isBegun) {
      throw new Fault('Runtime.InvalidStreamingOperation', 'Cannot set content-type, too late.');
    }
    this.#contentType = contentType;
  }

  write(chunk, encoding, callback) {
    const isPlain = typeof chunk === 'string' || chunk instanceof Uint8Array;
    if (!this.#isBegun) {
      this.#isBegun = true;
      this._onBeforeFirstWrite?.((piece) => super.write(piece));
    }
    return super.write(isPlain ? chunk : JSON.stringify(chunk), encoding, callback);
  }

  _write(chunk, _encoding, done) {
    this.#pieces.push(chunk);
    done();
  }

  // The result: the bytes as they are. With a prelude, though, what a function behind HTTP API would
  // return to have the same sent: an object with statusCode, headers, cookies and body.
  result() {
    const bytes = Buffer.concat(this.#pieces);
    checkSize(bytes);
    const end = this.#contentType === PRELUDE_TYPE ? bytes.indexOf(DELIMITER) : -1;
    if (end < 0) return bytes;
    const prelude = JSON.parse(bytes.toString('utf8', 0, end));
    const body = bytes.subarray(end + DELIMITER.length);
    const isBase64Encoded = !isUtf8(body);
    return JSON.stringify({
      statusCode: 200,
      ...prelude,
      body: body.toString(isBase64Encoded ? 'base64' : 'utf8'),
      isBase64Encoded,
    });
  }
}

// `awslambda.HttpResponseStream`
export class HttpResponseStream {
  static from(stream, prelude) {
    stream.setContentType(PRELUDE_TYPE);
    const text = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(text);
      write(DELIMITER);
    };
    return stream;
  }
}
