import type { Command } from '../../services.ts';

/** In the place of the page that `cpu` is in services.ts. */
export const EXPORTER_PORT = 9100;

/** Prometheus' node_exporter: the host's figures are the guest's, but for the interfaces of its namespace. */
export function nodeExporter(port = EXPORTER_PORT): Command {
  return {
    file: 'prometheus-node-exporter',
    args: [
      `--web.listen-address=:${port}`,
      '--web.disable-exporter-metrics',
      '--log.level=error',
      '--no-collector.systemd',
    ],
  };
}
