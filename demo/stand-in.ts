/** `stand-in NAME [ADDRESS]` runs one stand-in video server. It ends with its terminal or its parent process. */

import { errorText } from '../src/text.ts';
import { demoPorts, standIns } from './servers.ts';
import { startStandIn } from './stand-in-server.ts';

const [name = '', given] = process.argv.slice(2);
const address = given ?? standIns.get(name);

if (address === undefined) {
  console.error(`expected one of ${[...standIns.keys()].join(', ')}, got \`${name}\``);
  process.exit(2);
}

try {
  await startStandIn(address, demoPorts);
} catch (error) {
  console.error(`${name} cannot start: ${errorText(error)}`);
  process.exit(1);
}

if (process.send === undefined) {
  console.log(`${name} started at ${address}; Ctrl-C stops it`);
} else {
  // However the parent process ended, its stand-ins end too.
  process.once('disconnect', () => process.exit(0));
  process.send('ready');
}
