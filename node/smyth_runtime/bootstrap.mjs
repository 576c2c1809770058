// What the server runs: `node FOLDER/bootstrap.mjs`, with descriptor 3 the frame socket and 1 and 2 the
// output. A process may be started long before it is given a function: all that takes time is done here,
// before the start frame comes.

import { warmLoaders } from './warm.mjs';
import { Environment } from './environment.mjs';
import { writeThrough } from './output.mjs';

const FRAME_FD = 3;

writeThrough();
await warmLoaders();
new Environment(FRAME_FD).run();
