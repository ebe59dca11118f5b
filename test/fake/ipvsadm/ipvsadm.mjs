/**
 * A fake ipvsadm: `node ipvsadm.mjs FOLDER ARGUMENTS`. The words and exit codes are those of ipvsadm 1.31 on a
 * kernel 6.1. FOLDER has the table (table.mjs) and control.json, by which a test makes it fail:
 *   init: 'permission' | 'module'   every start fails so
 *   refuse: { text, times }         the next commands are refused by the kernel with this text
 *   ignore: N                       the next N commands are taken and not done
 *   die: N                          the next N commands kill the process instead
 *   hang: true                      commands wait until this is gone
 * Every start and every command is a line in log.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Failure, parseOptions, refusal, usage } from './options.mjs';
import { locked, pause, procText, readJson, readServices, saveText, writeServices, writeWhole } from './table.mjs';

const [folder = '', ...argv] = process.argv.slice(2);
const initFaults = { permission: 'Permission denied (you must be root)', module: 'Protocol not available' };
const schedulers = 'rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh twos'.split(' ');
const hangLimitMs = 30_000;

log(`start ${argv.join(' ')}`);
const initFault = initFaults[readJson(folder, 'control.json').init];
if (initFault !== undefined) {
  process.stderr.write(`Can't initialize ipvs: ${initFault}\n`);
  process.stderr.write('Are you sure that IP Virtual Server is built in the kernel or as module?\n');
  process.exit(2);
}
if (argv[0] === '-R') restore();
else process.exitCode = execute(argv);

/** Goes on after a kernel error, ends at a usage error, and has the last line's status. */
function restore() {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const words = line.split(/\s+/).filter((word) => word !== '');
    if (words[0] === 'ipvsadm') words.shift();
    if (words.length === 0) return;
    process.exitCode = execute(words);
    if (process.exitCode === 2) process.exit();
  });
}

function execute(words) {
  try {
    const options = parseOptions(words);
    log(words.join(' '));
    while (readJson(folder, 'control.json').hang && process.uptime() * 1000 < hangLimitMs) pause(5);
    const exitCode = locked(folder, () => {
      if (consume('die')) return 'die';
      const refuse = consume('refuse');
      if (refuse) throw refusal(refuse.text);
      if (consume('ignore')) return 0;
      return run(options);
    });
    if (exitCode === 'die') process.kill(process.pid, 'SIGKILL');
    return exitCode;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
}

/** One use of a failure that was ordered, or null. Called with the lock held. */
function consume(name) {
  const control = readJson(folder, 'control.json');
  const order = control[name];
  const times = typeof order === 'object' ? order.times : (order ?? 0);
  if (times <= 0) return null;
  const left = typeof order === 'object' ? { ...order, times: times - 1 } : times - 1;
  writeWhole(folder, 'control.json', JSON.stringify({ ...control, [name]: left }));
  return order;
}

function run(options) {
  const services = readServices(folder);
  const hz = readJson(folder, 'control.json').hz ?? 250;
  const at = services.findIndex((service) => isSame(service, options.service));
  const service = services[at];
  switch (options.command) {
    case '-L':
      process.stdout.write(procText(services, hz));
      return 0;
    case '-S':
      process.stdout.write(saveText(services));
      return 0;
    case '-C':
      services.length = 0;
      break;
    case '-A':
      if (service !== undefined) throw refusal('Service already exists');
      services.push({ ...serviceFields(options), entries: [] });
      break;
    case '-E':
      if (service === undefined) throw refusal('No such service');
      services[at] = { ...serviceFields(options), entries: service.entries };
      break;
    case '-D':
      if (service === undefined) throw refusal('No such service');
      services.splice(at, 1);
      break;
    case '-a':
    case '-e':
    case '-d':
      if (service === undefined) throw refusal('Service not defined');
      changeServer(service, options);
      break;
    default:
      throw usage(`unexpected argument ${options.command}`);
  }
  writeServices(folder, services, hz);
  return 0;
}

function serviceFields({ service, scheduler = 'wlc', persistS = null, mask }) {
  if (!schedulers.includes(scheduler)) throw refusal('Scheduler or persistence engine not found');
  return { ...service, scheduler, persistS, mask: maskOf(mask, service.v6) };
}

/** IPv4 takes a netmask; a bare number there is the address 0.0.0.N. */
function maskOf(text, v6) {
  if (v6) return text === undefined ? 128 : Number(text);
  if (text === undefined) return 0xffff_ffff;
  return text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

/** The kernel forces the port of the service where packets are not rewritten, and puts new servers first. */
function changeServer(service, { command, server, method = '-g', weight = 1 }) {
  const { address } = server;
  if (/^(22[4-9]|2[3-5]\d)\./.test(address)) {
    throw refusal('Invalid operation.  Possibly wrong module version, address not unicast, ...');
  }
  if (address.includes(':') !== service.v6 && method !== '-i' && command !== '-d') {
    throw usage('Different address family is allowed only for tunneling servers');
  }
  const given = server.port ?? (service.kind === 'f' ? 0 : service.port);
  const port = service.kind !== 'f' && method !== '-m' && command !== '-d' ? service.port : given;
  const at = service.entries.findIndex((entry) => entry.address === address && entry.port === port);
  if (command === '-a') {
    if (at !== -1) throw refusal('Destination already exists');
    service.entries.unshift({ address, port, method, weight });
    return;
  }
  if (at === -1) throw refusal('No such destination');
  if (command === '-d') service.entries.splice(at, 1);
  else service.entries[at] = { address, port, method, weight };
}

function isSame(a, b) {
  if (b === undefined || a.kind !== b.kind || a.v6 !== b.v6) return false;
  return a.kind === 'f' ? a.mark === b.mark : a.address === b.address && a.port === b.port;
}

function log(text) {
  appendFileSync(path.join(folder, 'log'), `${text}\n`);
}
