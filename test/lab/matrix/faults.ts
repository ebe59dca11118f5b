/** The rows of the matrix: what is done to the server, in words for the page. How it is done is the guest's. */
export const faults = [
  { name: 'process killed', done: 'every service of the server gets SIGKILL' },
  {
    name: 'process stopped',
    done: 'every service of the server gets SIGSTOP: the kernel goes on accepting for it until its queue is full (6 connections with GStreamer, 512 with nginx)',
  },
  { name: 'link down', done: "the server's cable is pulled" },
  { name: 'port dropped', done: "a firewall on the server drops what comes to its services' ports; the host answers" },
  { name: 'port rejected', done: "a firewall on the server rejects what comes to its services' ports, TCP by reset" },
  { name: 'accept, then silence', done: 'behind every TCP port a program accepts and never says a word' },
  {
    name: 'wrong protocol',
    done: 'behind every port another real server: RTSP on the ports of the web, HTTP on the others',
  },
  { name: 'encoder frozen', done: 'the encoders get SIGSTOP: they stay connected and send nothing' },
  { name: 'encoder gone', done: 'the encoders get SIGKILL' },
  { name: 'stream missing', done: 'the server runs, and nobody has published there since it started' },
  { name: 'application refused', done: 'no such application on RTMP, 401 on RTSP, 403 on HTTP' },
  { name: 'play denied', done: 'the RTMP application is there and lets nobody play' },
  { name: 'list stale', done: 'the HLS list stays as it is, with a 200' },
  { name: 'list 404', done: 'the HLS list is gone' },
  { name: 'segments 404', done: 'the HLS list goes on and its segments are gone' },
  {
    name: 'limit reached',
    done: 'one publisher more than the limit of nginx, counters of WCS and a load beyond theirs',
  },
  {
    name: 'stats missing',
    done: 'statistics and metrics: 404 for nginx, `{}` for WCS, an empty page for node_exporter',
  },
  { name: 'certificate expired', done: 'the server was given a certificate that has expired' },
  { name: 'VIP missing', done: 'the virtual address is taken from the lo of the server' },
] as const;

export type FaultName = (typeof faults)[number]['name'];
