/** Small plugins of every shape that the configuration must cope with. */
import type { Plugins } from '../../src/config/typed.ts';
import { type Alert, defineMonitor, field, type Monitor } from '../../src/plugin/plugin.ts';

const check = async () => ({ status: 'ok', summary: 'ok' }) as const;

const monitors: readonly Monitor[] = [
  defineMonitor({
    type: 'rtsp',
    about: 'RTSP OPTIONS',
    network: true,
    options: field.object({ port: field.port().default(554).describe('TCP port'), path: field.text().default('/') }),
    tripwirePort: ({ port }) => port,
    prepare: () => check,
  }),
  defineMonitor({
    type: 'tcp',
    about: 'TCP connect',
    network: true,
    options: field.object({ port: field.port(), expect: field.text().optional(), token: field.secret().optional() }),
    tripwirePort: ({ port }) => port,
    // What it measures then, only its answers show.
    loads: ({ expect }) => (expect === undefined ? [] : null),
    prepare: () => check,
  }),
  defineMonitor({
    type: 'wcs',
    about: 'WCS statistics',
    network: true,
    options: field.object({
      port: field.port().default(8081),
      limits: field.object({ publishers: field.count(1, 1_000_000).optional(), hls: field.count(1, 1000).optional() }),
    }),
    loads: ({ limits }) => Object.keys(limits),
    prepare: () => check,
  }),
  defineMonitor({
    type: 'cpu',
    about: 'Processor load',
    network: true,
    interval: '5s',
    options: field
      .object({
        via: field.oneOf(['local', 'node_exporter']),
        limit: field.number(0, 100),
        floor: field.number(0, 100).optional(),
      })
      .refine(({ limit, floor }) => floor === undefined || floor < limit, {
        message: 'expected a floor below the limit',
        path: ['floor'],
      }),
    loads: () => ['load5'],
    prepare: () => check,
  }),
  defineMonitor({
    type: 'vip',
    about: 'A connect to the virtual address',
    network: true,
    options: field.object({
      address: field.text(),
      port: field.port(),
      forward: field.oneOf(['dr', 'tun']).default('dr'),
    }),
    prepare: () => check,
  }),
];

const mail: Alert = {
  type: 'mail',
  about: 'Mail to people',
  options: field.object({ to: field.list(field.text()).min(1) }),
  recipients: () => [],
  prepare: () => async () => {},
};

const chat: Alert = {
  type: 'chat',
  about: 'A message to a chat room',
  options: field.object({ room: field.text(), key: field.secret() }),
  recipients: () => [],
  prepare: () => async () => {},
};

export const plugins: Plugins = {
  monitors: new Map(monitors.map((monitor) => [monitor.type, monitor])),
  alerts: new Map([mail, chat].map((alert) => [alert.type, alert])),
};
