import { spawnSync } from 'node:child_process';

const { startCluster } = await import('./cluster.ts');
const cluster = await startCluster();
try {
  const script = process.argv[2] ?? '';
  if (process.argv.includes('servers'))
    for (const s of ['edge1', 'edge2'] as const) await cluster.startServer(s, ['rtmp']);
  const { status } = spawnSync('bash', [script], { stdio: 'inherit', env: { ...process.env, NODE: process.execPath } });
  console.log('status', status);
} finally {
  await cluster.stop();
}
process.exit(0);
