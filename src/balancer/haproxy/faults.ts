/** Describes an HAProxy fault in one line that says what to do. */
import { BalancerError } from '../balancer.ts';

/** The socket could not be opened, or failed. */
export function socketFault(socket: string, error: unknown): BalancerError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const options = { cause: error };
  switch (code) {
    case 'ENOENT':
      return new BalancerError(
        'missing',
        `no HAProxy socket: expected \`${socket}\`, as set by \`stats socket\` in its configuration`,
        options,
      );
    case 'ECONNREFUSED':
      return new BalancerError(
        'missing',
        `HAProxy is not running: nothing listens on its socket \`${socket}\``,
        options,
      );
    case 'EACCES':
    case 'EPERM': {
      const todo = 'allow the group of understudy with `mode 660 group ...` after `stats socket`';
      return new BalancerError(
        'permission',
        `HAProxy's socket \`${socket}\` cannot be opened, permission denied: ${todo}`,
        options,
      );
    }
    default:
      return new BalancerError('unread', `HAProxy's socket \`${socket}\`: ${code}`, options);
  }
}

/** `wanted`: the command that was not applied, in readable form. */
export function refusalFault(socket: string, said: readonly string[], wanted: string): BalancerError {
  if (said.some((line) => line.startsWith('Permission denied'))) {
    const got = `expected \`level admin\` in \`stats socket ${socket}\`, got \`Permission denied\``;
    return new BalancerError('permission', `HAProxy allows no changes: ${got}`);
  }
  const line = said.slice(0, 3).join('; ').slice(0, 400);
  if (line === '')
    return new BalancerError('unread', `HAProxy reported no error: expected \`${wanted}\`, got no change`);
  return new BalancerError('refused', `HAProxy refused: ${line}, wanted \`${wanted}\``);
}

export function noBackend(socket: string, backend: string, wanted: string): BalancerError {
  const got = `expected \`${backend}\` at \`${socket}\`, wanted \`${wanted}\``;
  return new BalancerError('refused', `HAProxy has no such backend, or no server in it: ${got}`);
}

export function noLine(backend: string, entry: string, wanted: string): BalancerError {
  const todo = `give it a line in \`backend ${backend}\`, with the word \`disabled\``;
  return new BalancerError('refused', `no server line is free for ${entry}: ${todo}, wanted \`${wanted}\``);
}
