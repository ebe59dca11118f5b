/** ipvsadm's options as it reads them, with the words of its usage errors (exit 2, or 255 where it prints "Try"). */
import { isIP } from 'node:net';

export class Failure extends Error {
  constructor(text, exitCode) {
    super(text);
    this.exitCode = exitCode;
  }
}

export const usage = (text) => new Failure(text, 2);
export const refusal = (text) => new Failure(text, 255);

const commands = {
  '-A': 'add-service',
  '-E': 'edit-service',
  '-D': 'delete-service',
  '-a': 'add-server',
  '-e': 'edit-server',
  '-d': 'delete-server',
  '-C': 'clear',
  '-L': 'list',
  '-S': 'save',
  '-R': 'restore',
};
const serviceOptions = { '-s': 'scheduler', '-p': 'persistent', '-M': 'netmask' };
const serverOptions = { '-w': 'weight', '-g': 'gatewaying', '-m': 'masquerading', '-i': 'ipip' };

export function parseOptions(argv) {
  const [first, ...rest] = argv;
  const name = commands[first];
  if (name === undefined) throw refusal("Try `ipvsadm -h' or 'ipvsadm --help' for more information.");
  const parsed = { command: first, name, seen: new Set() };
  const queue = [...rest];
  const once = (what) => {
    if (parsed.seen.has(what)) throw usage(`multiple '${what}' options specified`);
    parsed.seen.add(what);
  };
  while (queue.length > 0) {
    const option = queue.shift();
    switch (option) {
      case '-t':
      case '-u':
        once('service-address');
        parsed.service = serviceAddress(option[1], queue.shift() ?? '');
        break;
      case '-f':
        once('service-address');
        parsed.service = { kind: 'f', mark: markOf(queue.shift() ?? ''), v6: false };
        break;
      case '-6':
        if (parsed.service?.kind !== 'f') throw usage('-6 used before -f\n');
        parsed.service.v6 = true;
        break;
      case '-s':
        once('scheduler');
        parsed.scheduler = queue.shift();
        break;
      case '-p':
        once('persistent');
        parsed.persistS = timeoutOf(/^\d/.test(queue[0] ?? '') ? queue.shift() : '360');
        break;
      case '-M':
        once('netmask');
        parsed.mask = queue.shift();
        break;
      case '-r':
        once('real-server');
        parsed.server = endpoint(queue.shift() ?? '', 'illegal real server address[:port] specified');
        break;
      case '-w':
        once('weight');
        parsed.weight = numberOf(queue.shift() ?? '', 0, 2_147_483_647, 'illegal weight specified');
        break;
      case '-g':
      case '-m':
      case '-i':
        once(serverOptions[option]);
        parsed.method = option;
        break;
      case '-n':
        break;
      default:
        if (option.startsWith('-')) throw refusal("Try `ipvsadm -h' or 'ipvsadm --help' for more information.");
        throw usage(`unexpected argument ${option}`);
    }
  }
  check(parsed);
  return parsed;
}

function check({ command, name, seen, service, server, persistS }) {
  const need = (what) => usage(`You need to supply the '${what}' option for the '${name}' command`);
  const forbid = (options) => {
    for (const what of Object.values(options)) {
      if (seen.has(what)) throw usage(`Illegal '${what}' option with the '${name}' command`);
    }
  };
  if ('AEDaed'.includes(command[1])) {
    if (service === undefined) throw need('service-address');
  }
  if ('AED'.includes(command[1])) forbid(serverOptions);
  if ('Dd'.includes(command[1])) forbid({ ...serviceOptions, ...serverOptions });
  if ('ae'.includes(command[1])) forbid(serviceOptions);
  if ('aed'.includes(command[1]) && server === undefined) throw need('real-server');
  if ('AE'.includes(command[1]) && service.kind !== 'f' && service.port === 0 && persistS === undefined) {
    throw usage('Zero port specified for non-persistent service');
  }
}

function serviceAddress(kind, text) {
  const { address, port } = endpoint(text, 'illegal virtual server address[:port] specified');
  return { kind, address, port: port ?? 0, v6: address.includes(':') };
}

function endpoint(text, problem) {
  const match = /^(?:\[([^\]]+)\]:(\d+)|([\d.]+)(?::(\d+))?|([\da-f:]+))$/i.exec(text);
  const address = match?.[1] ?? match?.[3] ?? match?.[5] ?? '';
  if (isIP(address) === 0) throw usage(problem);
  const port = match[2] ?? match[4];
  return { address, port: port === undefined ? undefined : numberOf(port, 0, 65_535, problem) };
}

function markOf(text) {
  return numberOf(text, 1, 0xffff_ffff, `invalid fwmark value \`${text}' specified`);
}

function timeoutOf(text) {
  return numberOf(text, 1, 2_678_400, `invalid timeout value \`${text}' specified`);
}

function numberOf(text, min, max, problem) {
  const value = /^\d+$/.test(text) ? Number(text) : -1;
  if (value < min || value > max) throw usage(problem);
  return value;
}
