/** What the four files mean, computed from their rows by hand, against the configuration that the program loads. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNetwork } from '../../../../src/config/networks.ts';
import { findClient } from '../../../../src/core/marks.ts';
import { importCsv } from '../../csv/index.ts';
import { checked } from '../imported.ts';
import { tries } from '../laws.ts';

const serverAddress = fc.nat(20).map((last) => `10.10.3.${20 + last}`);
const clientAddress = fc.oneof(
  fc.nat(255).map((last) => `192.168.7.${last}`),
  fc.nat(9).map((last) => `10.44.0.${last + 1}`),
);

const cluster = fc
  .record({
    routes: fc.uniqueArray(
      fc.record({
        mark: fc.integer({ min: 1, max: 40 }),
        servers: fc.uniqueArray(serverAddress, { minLength: 1, maxLength: 4 }),
        schedule: fc.constantFrom('rr', 'wlc', 'sh'),
      }),
      { selector: ({ mark }) => mark, minLength: 1, maxLength: 6 },
    ),
    clients: fc.uniqueArray(fc.tuple(clientAddress, fc.nat()), { selector: ([address]) => address, maxLength: 30 }),
    backupOf: fc.array(fc.nat(20), { minLength: 21, maxLength: 21 }),
    persistence: fc.integer({ min: 1, max: 3600 }),
  })
  .map(({ routes, clients, backupOf, persistence }) => {
    const backups = new Map(
      backupOf.map((other, at) => [`10.10.3.${20 + at}`, `10.10.3.${20 + (other === at ? (at + 1) % 21 : other)}`]),
    );
    const marks = routes.map(({ mark }) => mark);
    const listed = new Map(clients.map(([address, pick]) => [address, marks[pick % marks.length] ?? 0]));
    return { routes, listed, backups, persistence, fwdefault: marks[0] ?? 0 };
  });

test('an imported cluster marks, balances and swaps as its files say', () => {
  fc.assert(
    fc.property(cluster, fc.array(clientAddress, { maxLength: 20 }), (files, others) => {
      const { routes, listed, backups, persistence, fwdefault } = files;
      const imported = importCsv([
        { name: 'client-list.csv', text: csv('IP,fwmark', [...listed]) },
        {
          name: 'fwmark-routing-list.csv',
          text: csv(
            'fwmark,server,schedule',
            routes.map(({ mark, servers, schedule }) => {
              return servers.length === 1 ? [mark, servers[0] ?? '', ''] : [mark, `"${servers.join(',')}"`, schedule];
            }),
          ),
        },
        { name: 'realserver-backup-list.csv', text: csv('RIP,backup', [...backups]) },
        {
          name: 'param.csv',
          text: csv('field,value', [
            ['ip_domain', '192.168.7'],
            ['mailid', 'oncall@example.org'],
            ['lvsIP', '10.10.3.30'],
            ['persistence_time', persistence],
            ['fwdefault', fwdefault],
          ]),
        },
      ]);
      expect(imported.remarks.filter(({ kind }) => kind === 'error')).toEqual([]);
      const { config, told } = checked(imported);
      if (config === null) throw new Error(told.join('\n'));

      for (const address of [...listed.keys(), ...others]) {
        const network = parseNetwork(address);
        const mark = 'ok' in network ? findClient(config.classify.clients, network.ok)?.mark : undefined;
        const meant = listed.get(address) ?? (address.startsWith('192.168.7.') ? fwdefault : undefined);
        expect([address, mark]).toEqual([address, meant]);
      }
      expect(config.classify.groups).toEqual([
        {
          interface: null,
          vips: ['10.10.3.30'],
          tcp: [
            { first: 1935, last: 1935 },
            { first: 8080, last: 8080 },
          ],
          udp: [],
          byClient: true,
          mark: null,
        },
      ]);

      expect([...config.services.values()].map(({ at }) => at)).toEqual(
        routes.map(({ mark }) => ({ kind: 'fwmark', mark, family: 4 })),
      );
      for (const { mark, servers, schedule } of routes) {
        const service = config.services.get(`mark-${mark}`);
        expect(service).toMatchObject({ forward: 'dr', persistenceS: persistence, persistencePrefix: 32 });
        if (servers.length > 1) expect(service?.scheduler).toBe(schedule);
        expect(service?.members).toEqual(
          servers.map((server) => ({
            server,
            weight: 1,
            port: 0,
            backups: servers.length === 1 ? [backups.get(server)] : [],
          })),
        );
        for (const { server, backups: own } of service?.members ?? []) {
          for (const name of [server, ...own]) {
            const checks = config.checks.filter((check) => check.server === name);
            expect(checks).toMatchObject([
              {
                monitor: { type: 'tcp', options: { port: 1935 }, timing: { intervalMs: 10_000 } },
                steers: ['ipvs'],
                alerts: ['mail'],
              },
            ]);
          }
        }
      }
      expect(config.alerts.get('mail')).toMatchObject({
        options: { to: ['oncall@example.org'] },
        rule: { alertafterMs: 0, alerteveryMs: null, upalert: true },
      });
    }),
    tries(),
  );
});

function csv(header: string, rows: readonly (readonly (string | number)[])[]): string {
  return `${[header, ...rows.map((row) => row.join(','))].join('\n')}\n`;
}
