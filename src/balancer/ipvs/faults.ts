/** Describes an ipvsadm fault, from its output, in one line that says what to do. */
import { BalancerError } from '../balancer.ts';

/** `said`: stderr, or why it did not start. `wanted`: the command that was not applied, in readable form. */
export function ipvsadmFault(program: string, said: string, wanted?: string): BalancerError {
  const lines = new Set(said.trim().split(/\s*\n\s*/));
  const line = [...lines].slice(0, 3).join('; ').slice(0, 400);
  const whole = wanted === undefined ? line : `${line}, wanted \`${wanted}\``;
  if (/\bENOENT\b/.test(said)) {
    return new BalancerError('missing', `no ipvsadm: expected \`${program}\` in PATH; install the package ipvsadm`);
  }
  if (/\bEACCES\b/.test(said)) {
    return new BalancerError('permission', `ipvsadm cannot be run: expected \`${program}\` to be executable`);
  }
  if (/Permission denied/.test(said)) {
    return new BalancerError(
      'permission',
      `ipvsadm is not allowed to: expected root or CAP_NET_ADMIN, got \`${line}\``,
    );
  }
  if (/Can't initialize ipvs|Protocol not available/.test(said)) {
    const todo = 'load it with `modprobe ip_vs`';
    return new BalancerError('module', `no IPVS in the kernel: expected the module ip_vs, got \`${line}\`; ${todo}`);
  }
  if (/did not end in/.test(said)) return new BalancerError('unread', whole);
  return new BalancerError('refused', /^cannot start/.test(line) ? whole : `ipvsadm refused: ${whole}`);
}
