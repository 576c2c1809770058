// Makes the process the function's: variables, folder, search path of modules, `awslambda`.

import fs from 'node:fs';
import Module from 'node:module';
import { streamifyResponse } from './handler.mjs';
import { HttpResponseStream } from './response_stream.mjs';

export function adopt(spec) {
  if (spec.group) joinGroup(spec.group);
  const major = Number.parseInt(process.versions.node);
  replaceEnviron({ AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${major}.x`, ...spec.environ });
  process.chdir(spec.cwd);
  Module._initPaths(); // NODE_PATH is read when Node starts.
  offerStreaming();
}

// `awslambda`, unless the function's variables say that there is to be none.
export function offerStreaming() {
  if (!['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) {
    globalThis.awslambda = { streamifyResponse, HttpResponseStream };
  }
}

// Puts this process into the control group that has this `cgroup.procs`.
function joinGroup(file) {
  try {
    fs.writeFileSync(file, '0', { flag: 'r+' });
  } catch {
    // The server looks at what memory it has.
  }
}

function replaceEnviron(variables) {
  for (const name of Object.keys(process.env)) {
    if (!Object.hasOwn(variables, name)) delete process.env[name];
  }
  for (const [name, value] of Object.entries(variables)) {
    if (process.env[name] !== value) process.env[name] = value;
  }
}
