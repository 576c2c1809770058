// `_X_AMZN_TRACE_ID`, which is another for each invocation.

const NAME = '_X_AMZN_TRACE_ID';

// Keeps the variable beside those of the process: setenv(3) would keep every value for good. What reads
// `process.env` finds it, and so child processes get it; only C libraries in this process do not.
export class TraceVariable {
  #environ;
  #value; // undefined: there is none.

  constructor() {
    this.#environ = new Proxy(process.env, {
      get: (variables, name) => (name === NAME ? this.#value : variables[name]),
      set: (variables, name, value) => {
        if (name === NAME) this.#value = String(value);
        else variables[name] = value;
        return true;
      },
      has: (variables, name) => (name === NAME ? this.#value !== undefined : name in variables),
      deleteProperty: (variables, name) => {
        if (name === NAME) this.#value = undefined;
        return delete variables[name];
      },
      ownKeys: (variables) => {
        const names = Reflect.ownKeys(variables);
        return this.#value === undefined ? names : [...names, NAME];
      },
      getOwnPropertyDescriptor: (variables, name) => {
        if (name !== NAME) return Reflect.getOwnPropertyDescriptor(variables, name);
        if (this.#value === undefined) return undefined;
        return { value: this.#value, writable: true, enumerable: true, configurable: true };
      },
    });
    process.env = this.#environ;
  }

  // Empty: there is none.
  set(value) {
    if (process.env === this.#environ) this.#value = value === '' ? undefined : value;
    else if (value === '') delete process.env[NAME]; // The handler has put other variables in its place.
    else process.env[NAME] = value;
  }
}
