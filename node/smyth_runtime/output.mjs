// Standard output and error: written through, so that nothing is lost when the process ends, and in the
// order in which it was written. Node's own streams would also make the pipe non-blocking, for the
// handler's child processes too.

import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';

const pause = new Int32Array(new SharedArrayBuffer(4));
const PAUSE_MS = 0.2;

// Writes `bytes` up to `end`, waiting where the descriptor does not block and has no room.
export function writeWhole(fd, bytes, end) {
  let at = 0;
  while (at < end) {
    try {
      at += writeSync(fd, bytes, at, end - at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, PAUSE_MS);
    }
  }
}

// Writes text of the log; a reader that is gone is no concern of the handler.
export function writeOutput(fd, text) {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  try {
    writeWhole(fd, bytes, bytes.length);
  } catch (error) {
    if (error.code !== 'EPIPE') throw error;
  }
}

function stream(fd) {
  const output = new Writable({
    write(chunk, _encoding, done) {
      try {
        writeOutput(fd, chunk);
        done();
      } catch (error) {
        done(error);
      }
    },
  });
  output.fd = fd;
  output._type = 'pipe';
  output._isStdio = true; // `stream.pipe(process.stdout)` leaves it open.
  return output;
}

// Makes process.stdout and process.stderr such streams.
export function writeThrough() {
  for (const [name, fd] of [['stdout', 1], ['stderr', 2]]) {
    const output = stream(fd);
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => output });
  }
}
