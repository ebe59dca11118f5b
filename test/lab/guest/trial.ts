import { openStage } from './stage.ts';
import { nowMs, pauseMs } from './program.ts';
const stage = await openStage();
try {
  await stage.settle();
  console.log('settled');
  if (process.argv[2] === 'link') { await stage.cluster.linkDown('edge1'); await pauseMs(2000); }
  if (process.argv[2] === 'kill') { stage.cluster.kill('edge1', 'rtmp', 'SIGKILL'); await pauseMs(2000); }
  const at = nowMs();
  const n = stage.director.log.length;
  try { console.log('ended', await stage.director.end('SIGTERM'), nowMs() - at); } catch (error) { console.log(String(error)); }
  for (const { text } of stage.director.log.slice(Number(process.argv[3] ?? 0) ? n : 0)) console.log(text);
} finally {
  await stage.cluster.stop();
}
process.exit();
