/** The fake kernel's table: state.json is the truth, ip_vs what /proc/net/ip_vs would show. */
import { closeSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const nap = new Int32Array(new SharedArrayBuffer(4));

export function pause(ms) {
  Atomics.wait(nap, 0, 0, ms);
}

export function readJson(folder, name) {
  try {
    return JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

export function writeWhole(folder, name, text) {
  const draft = path.join(folder, `${name}.${process.pid}`);
  writeFileSync(draft, text);
  renameSync(draft, path.join(folder, name));
}

/** Holds the folder's lock; one whose owner was killed is taken over. */
export function locked(folder, work) {
  const file = path.join(folder, 'lock');
  for (;;) {
    try {
      const handle = openSync(file, 'wx');
      writeFileSync(handle, String(process.pid));
      closeSync(handle);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (ownerIsGone(file)) removeQuietly(file);
      else pause(1);
    }
  }
  try {
    return work();
  } finally {
    removeQuietly(file);
  }
}

function ownerIsGone(file) {
  try {
    const owner = Number(readFileSync(file, 'utf8'));
    if (owner === 0) return false;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function removeQuietly(file) {
  try {
    unlinkSync(file);
  } catch {
    // Another has done it.
  }
}

export function readServices(folder) {
  return readJson(folder, 'state.json').services ?? [];
}

export function writeServices(folder, services, hz) {
  writeWhole(folder, 'state.json', JSON.stringify({ services }));
  writeWhole(folder, 'ip_vs', procText(services, hz));
}

const forwards = { '-g': 'Route', '-m': 'Masq', '-i': 'Tunnel' };

export function procText(services, hz) {
  const lines = [
    'IP Virtual Server version 1.2.1 (size=4096)',
    'Prot LocalAddress:Port Scheduler Flags',
    '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn',
  ];
  for (const service of services) {
    const name = service.kind === 'f' ? hex(service.mark, 8) : hexEndpoint(service.address, service.port);
    const protocol = { f: 'FWM', t: 'TCP', u: 'UDP' }[service.kind];
    const persistent = service.persistS === null ? '' : `persistent ${service.persistS * hz} ${hexMask(service)}`;
    lines.push(
      `${protocol}  ${name} ${service.scheduler} ${service.kind === 'f' || service.v6 ? '' : ' '}${persistent}`,
    );
    for (const { address, port, method, weight } of service.entries) {
      const numbers = [
        forwards[method].padEnd(7),
        ...[weight, 0, 0].map((count, at) => String(count).padEnd(at ? 10 : 6)),
      ];
      lines.push(`  -> ${hexEndpoint(address, port)}      ${numbers.join(' ')}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

export function saveText(services) {
  const lines = services.flatMap((service) => {
    const name = serviceName(service);
    const whole = service.v6 ? service.mask === 128 : service.mask === 0xffff_ffff;
    const mask = service.v6 ? service.mask : dotted(hex(service.mask, 8));
    const persistent = service.persistS === null ? '' : ` -p ${service.persistS}${whole ? '' : ` -M ${mask}`}`;
    const entries = service.entries.map(({ address, port, method, weight }) => {
      const at = address.includes(':') ? `[${address}]` : address;
      return `-a ${name} -r ${at}:${port} ${method} -w ${weight}${method === '-i' ? ' --tun-type ipip' : ''}`;
    });
    return [`-A ${name} -s ${service.scheduler}${persistent}`, ...entries];
  });
  return lines.map((line) => `${line}\n`).join('');
}

function serviceName({ kind, mark, v6, address, port }) {
  // As ipvsadm does, by %d.
  if (kind === 'f') return `-f ${mark | 0}${v6 ? ' -6' : ''}`;
  return `-${kind} ${v6 ? `[${address}]` : address}:${port}`;
}

function hexMask({ v6, mask }) {
  return v6 ? `${hex(mask, 2)}000000` : hex(mask, 8);
}

function hexEndpoint(address, port) {
  if (!address.includes(':'))
    return `${address
      .split('.')
      .map((byte) => hex(Number(byte), 2))
      .join('')}:${hex(port, 4)}`;
  const [left, right] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = right === undefined ? [] : Array(8 - left.length - right.length).fill('0');
  const groups = [...left, ...zeros, ...(right ?? [])].map((group) => group.padStart(4, '0'));
  return `[${groups.join(':')}]:${hex(port, 4)}`;
}

function hex(value, digits) {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

function dotted(text) {
  return text
    .match(/../g)
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}
