import { wholeScenarioNames } from './scenario-names.ts';
import { scenarioTests } from './scenarios.ts';

const uml = 'a whole cluster from one file, on a user-mode kernel with iptables and ipset';
await scenarioTests(uml, 'whole', wholeScenarioNames('uml'), { kernel: 'uml' });
const debian = "a whole cluster from one file, on Debian's kernel with nftables";
await scenarioTests(debian, 'whole', wholeScenarioNames('debian'), { kernel: 'debian' });
