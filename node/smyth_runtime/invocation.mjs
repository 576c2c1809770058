// `invoke` frames taken apart.

import { HEAD_BYTES } from './frames.mjs';

const TWO_32 = 2 ** 32;

// What an `invoke` frame says; texts are strings, `event` is the JSON text.
export function readInvocation(bytes, end) {
  let at = HEAD_BYTES + 24;
  const text = () => {
    const begin = at + 4;
    at = begin + bytes.readUInt32LE(at);
    return begin === at ? '' : bytes.toString('utf8', begin, at);
  };
  return {
    deadlineMs: bytes.readInt32LE(HEAD_BYTES + 4) * TWO_32 + bytes.readUInt32LE(HEAD_BYTES),
    taskCounter: bytes.readUInt32LE(HEAD_BYTES + 12) * TWO_32 + bytes.readUInt32LE(HEAD_BYTES + 8),
    lastUsed: bytes.readDoubleLE(HEAD_BYTES + 16),
    requestId: text(),
    arn: text(),
    clientContext: text(),
    identity: text(),
    traceId: text(),
    extra: text(),
    event: bytes.toString('utf8', at, end),
  };
}
