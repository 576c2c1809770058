// An execution environment: imports the handler, then serves one invocation after another.
//
//     start  -> adopt -> loadHandler -> ready | failed
//     invoke -> readInvocation -> ContextMaker -> callBuffered | callStreamed -> result | error

import { adopt } from './adopt.mjs';
import { callBuffered } from './buffered_call.mjs';
import { ContextMaker } from './context.mjs';
import { UnhandledPromiseRejection } from './errors.mjs';
import { FrameSocket, HEAD_BYTES, INVOKE, START } from './frames.mjs';
import { loadHandler, traitsOf } from './handler.mjs';
import { readInvocation } from './invocation.mjs';
import { logError, setRequestId, setUpConsole } from './log.mjs';
import { LoadedModules, watchLoaders } from './project_modules.mjs';
import { Reply, Reports } from './reports.mjs';
import { callStreamed } from './streamed_call.mjs';
import { TraceVariable } from './trace.mjs';

const EXIT_REJECTION = 128;
const EXIT_EXCEPTION = 129;
const EXIT_UNSETTLED = 13; // Node's own, for a top-level await that never ends.

export class Environment {
  #socket;
  #loaded = new LoadedModules();
  #reports;
  #contexts;
  #handler;
  #traits;
  #call;
  #reply; // Of the last invocation.
  #trace = new TraceVariable();
  #loop = { onEmpty: undefined }; // What to do when nothing is left to wait for.

  constructor(frameFd) {
    this.#socket = new FrameSocket(frameFd, (type, bytes, end) => this.#take(type, bytes, end));
    this.#reports = new Reports(this.#socket, this.#loaded);
    watchLoaders(this.#loaded);
    process.on('uncaughtException', (error) => {
      this.#die('Uncaught Exception', error, EXIT_EXCEPTION);
    });
    process.on('unhandledRejection', (reason, promise) => {
      this.#die('Unhandled Promise Rejection', new UnhandledPromiseRejection(reason, promise), EXIT_REJECTION);
    });
    process.on('beforeExit', () => {
      const { onEmpty } = this.#loop;
      this.#loop.onEmpty = undefined;
      onEmpty?.();
    });
  }

  run() {
    this.#socket.receive();
  }

  #take(type, bytes, end) {
    if (type === INVOKE) this.#invoke(readInvocation(bytes, end));
    else if (type === START) this.#begin(JSON.parse(bytes.toString('utf8', HEAD_BYTES, end)));
    else this.#socket.receive();
  }

  async #begin(spec) {
    this.#loop.onEmpty = () => process.exit(EXIT_UNSETTLED);
    try {
      adopt(spec);
      setUpConsole(process.env, spec.log_level);
      this.#contexts = new ContextMaker(spec);
      const root = process.env.LAMBDA_TASK_ROOT || spec.cwd;
      this.#handler = await loadHandler(root, spec.handler, this.#loaded);
      this.#traits = traitsOf(this.#handler);
    } catch (error) {
      this.#die('Uncaught Exception', error, EXIT_EXCEPTION);
      return;
    }
    this.#call = this.#traits.isStreaming ? callStreamed : callBuffered;
    this.#loop.onEmpty = undefined;
    this.#reports.ready();
    this.#socket.receive();
  }

  #invoke(invocation) {
    setRequestId(invocation.requestId);
    this.#trace.set(invocation.traceId);
    this.#reply = new Reply(this.#reports, () => {
      this.#loop.onEmpty = undefined;
      this.#socket.receive();
    });
    const prepare = (context) => {
      this.#contexts.make(context, invocation);
      return JSON.parse(invocation.event);
    };
    this.#call(this.#handler, this.#traits, prepare, this.#reply, this.#loop);
  }

  // Ends the process for `error`, which belongs to init or to the running invocation.
  #die(title, error, code) {
    logError(title, error);
    if (this.#call === undefined) this.#reports.failed(error);
    else if (this.#reply?.isSent === false) this.#reply.lastError(error);
    process.exit(code);
  }
}
