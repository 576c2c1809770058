// The context object: AWS's members, and `smyth` beside them.

const NO_LIMIT_MS = 900_000; // What is left of a function without a timeout: the longest that Lambda grants.

// Makes each invocation's context from what holds for all, and its own. All members are plain values:
// each accessor of its own would give each context a hidden class of its own, which costs more than the rest.
export class ContextMaker {
  #spec;
  #memory;
  #config;
  #state = 'cold'; // Of the process when it was given the invocation.

  constructor(spec) {
    this.#spec = spec;
    this.#memory = String(spec.memory);
    this.#config = (typeof spec.config === 'string' ? JSON.parse(spec.config) : spec.config) ?? {};
  }

  // Adds the members to `context`, which holds the ways to answer.
  make(context, invocation) {
    const spec = this.#spec;
    let { deadlineMs } = invocation;
    context.functionVersion = spec.version;
    context.functionName = spec.function;
    context.memoryLimitInMB = this.#memory;
    context.logGroupName = spec.log_group;
    context.logStreamName = spec.log_stream;
    context.clientContext = parsed(invocation.clientContext, 'ClientContext');
    context.identity = parsed(invocation.identity, 'CognitoIdentity');
    context.invokedFunctionArn = invocation.arn;
    context.awsRequestId = invocation.requestId;
    context.tenantId = undefined;
    context.getRemainingTimeInMillis = () => (deadlineMs === 0 ? NO_LIMIT_MS : deadlineMs - Date.now());
    Object.defineProperty(context, 'smyth', {
      value: this.#smyth(invocation), configurable: true, writable: true, enumerable: false,
    });
    if (invocation.extra !== '') {
      deadlineMs = add(context, parsed(invocation.extra, "context function's"), deadlineMs);
    }
    return context;
  }

  #smyth(invocation) {
    const state = this.#state;
    this.#state = 'warm';
    return {
      process: {
        name: this.#spec.name,
        state,
        task_counter: invocation.taskCounter,
        last_used_timestamp: invocation.lastUsed,
      },
      handler: { name: this.#spec.function, smyth_handler_config: this.#config },
    };
  }
}

// What a user's context function has returned: keywords of the original's context, or members. Returns
// the deadline.
function add(context, { name, version, timeout, ...members }, deadlineMs) {
  if (name !== undefined) context.functionName = name;
  if (version !== undefined) context.functionVersion = version;
  Object.assign(context, members);
  return typeof timeout === 'number' ? Date.now() + timeout * 1000 : deadlineMs;
}

function parsed(text, what) {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${what} as json: ${error}`);
  }
}
