// Fetches the packages of the lab, if this host can: what is in them is there for every suite that wants a real server.
import { labUnavailable } from './packages.ts';

const reason = await labUnavailable();
console.log(reason === null ? 'lab: packages are there' : `lab: no packages: ${reason}`);
