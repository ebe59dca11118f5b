/** Which server line of a backend belongs to which real server, by the configuration. */
import type { Config } from '../../config/config.ts';
import type { HaproxyAddress } from '../../core/table.ts';

export interface HaproxyPool {
  readonly at: HaproxyAddress;
  readonly seats: readonly Seat[];
}

/** A real server and the name of its own line, which HAProxy may not have. */
export interface Seat {
  readonly line: string;
  readonly address: string;
  /** 0: the port of the line. */
  readonly port: number;
  readonly isMember: boolean;
  /** Addresses of its backups. */
  readonly backups: readonly string[];
}

/** The pools of the HAProxy that listens on `socket`. */
export function haproxyPools({ services, servers }: Config, socket: string): readonly HaproxyPool[] {
  const addressOf = (server: string): string => servers.get(server)?.address ?? '';
  return [...services.values()].flatMap(({ at, members, lines = {} }): HaproxyPool[] => {
    if (at.kind !== 'haproxy' || at.socket !== socket) return [];
    const seats = new Map<string, Seat>();
    const seat = (server: string, port: number, backups: readonly string[], isMember: boolean): void => {
      if (seats.has(server)) return;
      const line = Object.hasOwn(lines, server) ? (lines[server] ?? server) : server;
      seats.set(server, { line, address: addressOf(server), port, isMember, backups: backups.map(addressOf) });
    };
    for (const { server, port, backups } of members) seat(server, port, backups, true);
    for (const { port, backups } of members) for (const backup of backups) seat(backup, port, [], false);
    return [{ at, seats: [...seats.values()] }];
  });
}
