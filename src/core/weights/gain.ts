/**
 * How briskly the law may move, by how the scheduler answers. One that counts connections is level as soon as the
 * weights are right. One that deals in turn fills a server over the length of a session, so it answers late, and a
 * brisk law swings around the goal.
 */
const byConnections = ['wlc', 'sed', 'nq', 'lblc', 'lblcr', 'leastconn'];
const inTurn = ['wrr', 'sh', 'mh', 'twos', 'roundrobin', 'random'];
/**
 * ip_vs_rr, ip_vs_lc and ip_vs_dh look at a weight only to see whether it is 0; for fo it is a rank and for ovf a
 * number of connections. HAProxy takes no new weight at run time for static-rr, and none for first.
 */
const heedless = ['rr', 'lc', 'dh', 'fo', 'ovf', 'static-rr', 'first'];

/** null: a weight is no share of new viewers for this scheduler, so there is nothing to steer. */
export function gainFor(scheduler: string): number | null {
  if (heedless.includes(scheduler)) return null;
  if (byConnections.includes(scheduler)) return 0.25;
  return inTurn.includes(scheduler) ? 0.05 : 0.1;
}
