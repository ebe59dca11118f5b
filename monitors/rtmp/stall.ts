/** A timer later than this says that we stood still ourselves: what came meanwhile is to be read first. */
const lateMs = 50;
const secondLookMs = 250;

export type Cancel = () => void;

/** Calls back once `stallMs` passed in which sockets could be read. */
export function afterStall(stallMs: number, callback: () => void): Cancel {
  let timer: NodeJS.Timeout;
  const wait = (ms: number): void => {
    const dueMs = performance.now() + ms;
    timer = setTimeout(() => {
      if (performance.now() - dueMs > lateMs) wait(secondLookMs);
      else callback();
    }, ms);
  };
  wait(stallMs);
  return () => clearTimeout(timer);
}
