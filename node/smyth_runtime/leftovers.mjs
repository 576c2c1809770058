// What still runs when an invocation ends, and so is cut short by the freeze.
//
// Node tells what keeps its event loop alive. Connections that wait for the next request do not: an agent
// lets go of them.

const LOOKS = 20; // So many invocations are looked at however short; then those that took a while.
const KINDS = new Map([
  ['Timeout', 'timer'],
  ['Immediate', 'immediate'],
  ['ProcessWrap', 'child process'],
  ['TCPSocketWrap', 'socket'],
  ['TLSWrap', 'socket'],
  ['TCPServerWrap', 'listening socket'],
  ['UDPWrap', 'socket'],
  ['MessagePort', 'worker or message port'],
  ['Worker', 'worker or message port'],
  ['GetAddrInfoReqWrap', 'name look-up'],
  ['TCPConnectWrap', 'connection attempt'],
]);

export class Leftovers {
  #looks = LOOKS;
  #isDone = false; // It is told once.

  // One line, or nothing.
  found(isQuick) {
    if (this.#isDone || (isQuick && this.#looks <= 0)) return '';
    this.#looks -= 1;
    const counts = new Map();
    for (const name of process.getActiveResourcesInfo?.() ?? []) { // From Node 17.3 on.
      const kind = KINDS.get(name) ?? (name.startsWith('FSReq') ? 'file operation' : undefined);
      if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    this.#isDone = counts.size > 0;
    return Array.from(counts, ([kind, count]) => (count === 1 ? `a ${kind}` : `${count} of kind ${kind}`))
      .join(', ').replace('a immediate', 'an immediate');
  }
}
