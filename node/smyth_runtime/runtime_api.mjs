// The Runtime API as its client has it, for several invocations at once.

import http from 'node:http';

const BASE = '/2018-06-01/runtime';
const POSTS_MAX = 32; // At a time.

export class RuntimeApi {
  #host;
  #port;
  #held = new http.Agent({ keepAlive: true }); // The `next` that wait.
  #posts = new http.Agent({ keepAlive: true, maxSockets: POSTS_MAX });
  #sending = new Set();
  #isStopped = false;

  constructor(address) {
    [this.#host, this.#port] = address.split(':');
  }

  // The next invocation, with the members that readInvocation() gives. Whatever goes wrong ends the process:
  // then there is no server, or it has no use for this environment.
  async next() {
    try {
      const { status, headers, body } = await this.#request('GET', '/invocation/next', this.#held);
      if (status !== 200) throw new Error(`next: ${status} ${body}`);
      const text = (name) => Buffer.from(headers[name] ?? '', 'latin1').toString('utf8');
      return {
        requestId: text('lambda-runtime-aws-request-id'),
        deadlineMs: Number(text('lambda-runtime-deadline-ms')),
        arn: text('lambda-runtime-invoked-function-arn'),
        clientContext: text('lambda-runtime-client-context'),
        identity: text('lambda-runtime-cognito-identity'),
        traceId: text('lambda-runtime-trace-id'),
        event: body.toString('utf8'),
      };
    } catch (error) {
      if (this.#isStopped) return new Promise(() => {});
      console.error(String(error));
      process.exit(1);
    }
  }

  // Asks for nothing any more.
  stop() {
    this.#isStopped = true;
    this.#held.destroy();
  }

  // `document`: text or bytes. That an answer comes too late is for the server to know.
  answer(requestId, isError, document) {
    this.#post(`/invocation/${requestId}/${isError ? 'error' : 'response'}`, document);
  }

  initError(document) {
    this.#post('/init/error', document);
  }

  // When all has been sent.
  async settled() {
    await Promise.allSettled(this.#sending);
  }

  #post(path, document) {
    const sent = this.#request('POST', path, this.#posts, document).catch(() => {});
    this.#sending.add(sent);
    sent.then(() => this.#sending.delete(sent));
  }

  #request(method, path, agent, document) {
    const body = document === undefined ? undefined : Buffer.from(document);
    const headers = body && { 'Content-Type': 'application/json', 'Content-Length': body.length };
    return new Promise((resolve, reject) => {
      const request = http.request(
        { host: this.#host, port: this.#port, method, path: BASE + path, agent, headers },
        (response) => {
          const pieces = [];
          response.on('data', (piece) => pieces.push(piece));
          response.on('end', () => {
            resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) });
          });
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }
}
