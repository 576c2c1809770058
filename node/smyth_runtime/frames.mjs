// The frames of src/runtime/frame.h, and an environment's end of the socket to the server.

import { Socket } from 'node:net';
import { writeWhole } from './output.mjs';

export const START = code('S');
export const INVOKE = code('I');
export const READY = code('Y');
export const FAILED = code('F');
export const RESULT = code('R');
export const ERROR = code('E');
export const LEFT = code('W'); // What still runs, before the answer.
export const LAST = code('L'); // An error, after which the process ends.

export const HEAD_BYTES = 8; // u32 size of what follows it, u8 version, u8 type, u16 zero.
const REPORT_BYTES = 8; // u32 peak memory, u32 length of the modules' text.
const VERSION = 1;
const CHUNK_BYTES = 1 << 16;

function code(letter) {
  return letter.charCodeAt(0);
}

// Whole frames in and out. Each frame is given after `receive` was called anew, and only until then does
// the socket keep the event loop alive: so the loop is empty when the handler's own work is done. The end
// of the stream ends the process.
//
// Reading is the event loop's, so that timers and signals are not held up; writing blocks, so that an
// answer has left when `send` returns, whatever the process does next.
export class FrameSocket {
  #fd;
  #socket;
  #deliver;
  #isWanted = false;
  #waiting = []; // Frames that came before they were asked for.
  #partial = null; // A frame of which `#have` bytes have been read; no more than its head at first.
  #have = 0;
  #out = Buffer.alloc(CHUNK_BYTES);

  // `deliver(type, bytes, end)`: the frame's body goes from HEAD_BYTES to `end`; the bytes are valid during
  // the call.
  constructor(fd, deliver) {
    this.#fd = fd;
    this.#deliver = deliver;
    this.#socket = new Socket({
      fd,
      readable: true,
      writable: false,
      onread: { buffer: Buffer.alloc(CHUNK_BYTES), callback: (size, bytes) => this.#take(bytes, size) },
    });
    this.#socket.on('end', leave).on('close', leave).on('error', leave);
    this.#socket.unref();
    this.#socket.read(0);
  }

  // Asks for the next frame.
  receive() {
    this.#isWanted = true;
    this.#socket.ref();
    if (this.#waiting.length > 0) {
      const frame = this.#waiting.shift();
      this.#isWanted = false;
      setImmediate(() => this.#give(frame, frame.length));
    }
  }

  // Sends a report; `document` is text or bytes.
  send(type, peakKib, modules, document) {
    const most = 3 * (modules.length + document.length) + HEAD_BYTES + REPORT_BYTES;
    const out = most <= CHUNK_BYTES ? this.#out : Buffer.allocUnsafe(most);
    const modulesBytes = modules === '' ? 0 : out.write(modules, HEAD_BYTES + REPORT_BYTES);
    let end = HEAD_BYTES + REPORT_BYTES + modulesBytes;
    end += typeof document === 'string' ? out.write(document, end) : document.copy(out, end);
    out.writeUInt32LE(end - 4, 0);
    out.writeUInt32LE(VERSION | (type << 8), 4);
    out.writeUInt32LE(peakKib, 8);
    out.writeUInt32LE(modulesBytes, 12);
    try {
      writeWhole(this.#fd, out, end);
    } catch {
      leave();
    }
  }

  #take(bytes, size) {
    if (this.#partial === null && size >= HEAD_BYTES && frameBytes(bytes) === size) {
      this.#pass(bytes, size); // Nearly always: one frame, in one piece.
    } else {
      this.#gather(bytes, size);
    }
    return true;
  }

  #gather(bytes, size) {
    let at = 0;
    while (at < size) {
      if (this.#partial === null) {
        this.#partial = Buffer.allocUnsafe(HEAD_BYTES);
        this.#have = 0;
      }
      const copied = bytes.copy(this.#partial, this.#have, at, size);
      at += copied;
      this.#have += copied;
      if (this.#have < this.#partial.length) return;
      const whole = frameBytes(this.#partial);
      const frame = this.#partial;
      if (whole > frame.length) {
        this.#partial = Buffer.allocUnsafe(whole);
        frame.copy(this.#partial);
      } else {
        this.#partial = null;
        this.#pass(frame, whole);
      }
    }
  }

  #pass(bytes, end) {
    if (this.#isWanted) {
      this.#isWanted = false;
      this.#give(bytes, end);
    } else {
      this.#waiting.push(Buffer.from(bytes.subarray(0, end)));
    }
  }

  #give(bytes, end) {
    this.#socket.unref();
    this.#deliver(bytes[5], bytes, end);
  }
}

function frameBytes(bytes) {
  if (bytes[4] !== VERSION) {
    throw new Error(`frame of version ${bytes[4]}; this program knows ${VERSION}`);
  }
  return bytes.readUInt32LE(0) + 4;
}

// The server is gone, or has no more use for this environment: at once, without the handler's exit listeners.
function leave() {
  process.reallyExit(0);
}
