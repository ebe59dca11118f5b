/** Who gets the next viewer. */

export type SchedulerName = 'wlc' | 'wrr';

/** Index of the server for a new viewer; one with weight 0 gets none. */
export type Scheduler = (connections: readonly number[], weights: readonly number[]) => number;

export function createScheduler(name: SchedulerName): Scheduler {
  return name === 'wlc' ? leastConnections : inTurn();
}

/** As ip_vs_wlc: the fewest connections for its weight; the first of equals. */
function leastConnections(connections: readonly number[], weights: readonly number[]): number {
  let best = weights.findIndex((weight) => weight > 0);
  for (let at = best + 1; at < connections.length; at++) {
    if ((connections[at] ?? 0) * (weights[best] ?? 1) < (connections[best] ?? 0) * (weights[at] ?? 1)) best = at;
  }
  return best;
}

/** Smooth weighted round robin: each gets its share of viewers, spread as evenly as can be. */
function inTurn(): Scheduler {
  const credit: number[] = [];
  return (_, weights) => {
    let best = 0;
    let sum = 0;
    for (const [at, weight] of weights.entries()) {
      credit[at] = (credit[at] ?? 0) + weight;
      sum += weight;
      if ((credit[at] ?? 0) > (credit[best] ?? 0)) best = at;
    }
    credit[best] = (credit[best] ?? 0) - sum;
    return best;
  };
}
