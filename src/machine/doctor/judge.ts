/** Judges a director from plain values. */
import type { Finding } from '../host/finding.ts';
import { type Facts, isPresent } from './facts.ts';
import { judgeNeighbours, judgeTunnels, judgeVips } from './judge-addresses.ts';
import { judgeIpvs, judgeOthers, judgePrograms, judgeSchedulers, judgeTableSize } from './judge-ipvs.ts';
import { judgeMarks } from './judge-marks.ts';
import { judgeConntrack, judgeForwarding, judgeReturnPath } from './judge-network.ts';
import { judgeSettings } from './judge-settings.ts';
import { judgePersistence, judgeTimeouts } from './judge-timeouts.ts';
import type { Needs } from './needs.ts';

export function judge(facts: Facts, needs: Needs): readonly Finding[] {
  // A configuration with only in-memory pools needs nothing from the kernel.
  if (needs.configured && needs.services.length === 0 && !isPresent(facts.ipvs)) return [idle];
  return [
    ...judgeIpvs(facts),
    ...judgeSchedulers(facts, needs),
    ...judgePrograms(facts, needs),
    ...judgeSettings(facts, needs),
    ...judgeTimeouts(facts),
    ...judgePersistence(needs),
    ...judgeForwarding(facts, needs),
    ...judgeReturnPath(facts, needs),
    ...judgeVips(facts, needs),
    ...judgeNeighbours(facts, needs),
    ...judgeTunnels(facts, needs),
    ...judgeConntrack(facts),
    ...judgeMarks(facts, needs),
    ...judgeTableSize(facts),
    ...judgeOthers(facts, needs),
  ];
}

const idle: Finding = {
  name: 'ipvs',
  state: 'ok',
  found: 'not needed',
  wanted: 'what the configuration uses',
  why: 'no virtual service of the configuration is in the kernel',
  mend: null,
  sysctl: null,
};
