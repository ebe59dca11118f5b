/** Keywords of mon that have nothing like them here, with what to know about each. */

export const globalReasons: ReadonlyMap<string, string> = new Map([
  ...named('where mon keeps its files', ['cfbasedir', 'statedir', 'logdir', 'pidfile', 'monerrfile']),
  ...named('where mon keeps its files', ['historicfile', 'dtlogfile', 'userfile', 'authfile', 'alertdir']),
  ...named('history is kept in the database (`director.retention`)', ['histlength', 'historictime', 'dtlogging']),
  ...named('operator orders come over a local socket that only its owner can open', [
    'authtype',
    'pamservice',
    'clientallow',
  ]),
  ...named('operator orders come over a local socket that only its owner can open', [
    'serverport',
    'serverbind',
    'cltimeout',
  ]),
  ...named('there are no traps', ['trapport', 'trapbind']),
  ...named('checks start no process each, and `director.max_checks` limits them', ['maxprocs']),
  ...named('checks are spread over their interval by themselves', ['randstart']),
  ...named('a check depends on no other check', ['dep_recur_limit', 'dep_behavior', 'dep_memory']),
  ...named('an acknowledgement ends with the incident', ['unack_summary']),
  ...named('it checks at all times', ['exclude_period']),
  ...named('it logs to stdout, for the journal', ['syslog_facility']),
  ...named('there are no alerts at start', ['startupalerts_on_reset']),
  ...named('no program is notified of operator orders', ['monremote']),
]);

export const serviceReasons: ReadonlyMap<string, string> = new Map([
  ...named('checks are spread over their interval by themselves', ['randskew']),
  ...named('there are no traps', ['traptimeout', 'trapduration']),
  ...named('each server is checked by itself', ['allow_empty_group']),
  ...named('it checks at all times; `understudy drain` and `disable` are for maintenance', ['exclude_period']),
  ...named('a check depends on no other check; `director.reference` detects a silent network', ['depend']),
  ...named('a check depends on no other check; `director.reference` detects a silent network', [
    'alertdepend',
    'monitordepend',
    'hostdepend',
    'dep_behavior',
    'dep_memory',
  ]),
  ...named('alerts go out on changes, not on each result', ['redistribute']),
  ...named('an acknowledgement ends with the incident', ['unack_summary']),
]);

export const periodReasons: ReadonlyMap<string, string> = new Map([
  ...named('there are no alerts at start', ['startupalert']),
  ...named('acknowledgements and holds are in the history and cause no mail', ['ackalert', 'disablealert']),
  ...named('a recovery is reported at once', ['upalertafter']),
  ...named('a recovery is reported only after its failure was', ['no_comp_alerts']),
  ...named('all alerts count', ['alerts_dont_count']),
  ...named('exit statuses other than 0 are all the same', ['alertexitrange']),
]);

function named(reason: string, names: readonly string[]): readonly (readonly [string, string])[] {
  return names.map((name) => [name, reason] as const);
}
