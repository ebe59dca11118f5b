/** What went wrong with HAProxy, as one line that says what to do. */
import { BalancerError } from '../balancer.ts';

/** The socket could not be opened, or gave up. */
export function socketFault(socket: string, error: unknown): BalancerError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const options = { cause: error };
  switch (code) {
    case 'ENOENT':
      return new BalancerError(
        'missing',
        `no HAProxy at its socket: expected \`${socket}\`, as \`stats socket\` in its configuration names it`,
        options,
      );
    case 'ECONNREFUSED':
      return new BalancerError('missing', `HAProxy does not run: nobody listens on its socket \`${socket}\``, options);
    case 'EACCES':
    case 'EPERM': {
      const todo = 'let the group of understudy use it, with `mode 660 group ...` beside `stats socket`';
      return new BalancerError('permission', `HAProxy's socket \`${socket}\` is closed to us: ${todo}`, options);
    }
    default:
      return new BalancerError('unread', `HAProxy's socket \`${socket}\`: ${code}`, options);
  }
}

/** `wanted`: the command that was not done, as a person reads it. */
export function refusalFault(socket: string, said: readonly string[], wanted: string): BalancerError {
  if (said.some((line) => line.startsWith('Permission denied'))) {
    const got = `expected \`level admin\` beside \`stats socket ${socket}\`, got \`Permission denied\``;
    return new BalancerError('permission', `HAProxy lets nothing be changed: ${got}`);
  }
  const line = said.slice(0, 3).join('; ').slice(0, 400);
  if (line === '')
    return new BalancerError('unread', `HAProxy took it silently: expected \`${wanted}\`, got no change`);
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
