// The context object: AWS's members, and `smyth` beside them.

const NO_LIMIT_MS = 900_000; // What is left of a function without a timeout: the longest that Lambda grants.

// Makes each invocation's context from what holds for all, and its own. All members are plain values:
// each accessor of its own would give each context a hidden class of its own, which costs more than the rest.
export class ContextMaker {
  #spec;
  #config;
  #state = 'cold'; // Of the process when it was given the invocation.

  constructor(spec) {
    this.#spec = spec;
    this.#config = (typeof spec.config === 'string' ? JSON.parse(spec.config) : spec.config) ?? {};
  }

  // Adds the members to `context`, which holds the ways to answer.
  make(context, invocation) {
    addMembers(context, this.#spec, invocation);
    Object.defineProperty(context, 'smyth', {
      value: this.#smyth(invocation), configurable: true, writable: true, enumerable: false,
    });
    if (invocation.extra !== '') add(context, parsed(invocation.extra, "context function's"));
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

// AWS's members; `spec` is what holds for all invocations of the environment.
export function addMembers(context, spec, invocation) {
  context.functionVersion = spec.version;
  context.functionName = spec.function;
  context.memoryLimitInMB = String(spec.memory);
  context.logGroupName = spec.log_group;
  context.logStreamName = spec.log_stream;
  context.clientContext = parsed(invocation.clientContext, 'ClientContext');
  context.identity = parsed(invocation.identity, 'CognitoIdentity');
  context.invokedFunctionArn = invocation.arn;
  context.awsRequestId = invocation.requestId;
  context.tenantId = undefined;
  limit(context, invocation.deadlineMs);
}

function limit(context, deadlineMs) {
  context.getRemainingTimeInMillis = () => (deadlineMs === 0 ? NO_LIMIT_MS : deadlineMs - Date.now());
}

// What a user's context function has returned: keywords of the original's context, or members.
function add(context, { name, version, timeout, ...members }) {
  if (name !== undefined) context.functionName = name;
  if (version !== undefined) context.functionVersion = version;
  if (typeof timeout === 'number') limit(context, Date.now() + timeout * 1000);
  Object.assign(context, members);
}

function parsed(text, what) {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${what} as json: ${error}`);
  }
}
