// What the server runs where an environment serves several invocations at once, as on Managed Instances:
// `node FOLDER/managed.mjs LOG_LEVEL`, which speaks the Runtime API. As AWS's runtime it has worker threads
// (managed_worker.mjs), each of which loads the handler and serves several invocations by turns.
//
// This thread runs nothing of the user's. It asks for as many invocations as may run at once, gives each to
// the worker that has the fewest, and sends the answers.

import { Worker } from 'node:worker_threads';
import { RuntimeApi } from './runtime_api.mjs';

const EACH = 8; // Invocations of a worker: AWS has 64 of them and 8 workers for each processor.
const EXIT_INIT = 129; // As environments that serve one at a time.

const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
const most = Number.parseInt(process.env.AWS_LAMBDA_MAX_CONCURRENCY) || 1;
const [, , logLevel] = process.argv;
const ready = []; // Workers with their `load`, how many invocations they have.

function begin() {
  const own = { worker: new Worker(new URL('./managed_worker.mjs', import.meta.url), { workerData: { logLevel } }), load: 0 };
  const told = {
    ready() {
      ready.push(own);
      if (ready.length === 1) for (let each = 0; each < most; each += 1) ask();
    },
    answer({ requestId, isError, document }) {
      own.load -= 1;
      api.answer(requestId, isError, document);
    },
    failed({ document }) {
      api.initError(document);
      end(EXIT_INIT);
    },
    dying() {
      api.stop(); // What comes next is for another environment.
    },
    dead({ code }) {
      end(code);
    },
  };
  own.worker.on('message', (message) => told[message.kind](message));
  own.worker.on('error', (error) => {
    console.error(error);
    end(1);
  });
  own.worker.on('exit', end); // It was the handler's wish.
}

async function ask() {
  for (;;) {
    const invocation = await api.next();
    const to = ready.reduce((least, other) => (other.load < least.load ? other : least));
    to.load += 1;
    to.worker.postMessage(invocation);
  }
}

// The environment ends with its first worker, when what was answered has left.
async function end(code) {
  await api.settled();
  process.exit(code);
}

const count = Number.parseInt(process.env.AWS_LAMBDA_NODEJS_WORKER_COUNT) || Math.ceil(most / EACH);
for (let each = 0; each < count; each += 1) begin();
