/** Messages of the daemon's log that programs look for. The facts are in the fields of the line. */
export const logLines = {
  /** At debug level, after each run of a check: `check` and what the monitor found. */
  observation: 'observation',
  /** `server`, `monitor`, `from`, `to`, `summary`. */
  statusChanged: 'status changed',
} as const;
