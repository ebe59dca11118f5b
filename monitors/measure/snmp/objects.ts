/** Object identifiers, by their names in the MIBs. */

/** UCD-SNMP-MIB, of net-snmp's snmpd; a load is in hundredths, memory in kB, CPU counters are ticks of 10 ms. */
export const ucd = {
  loadsInt: [1, 2, 3].map((row) => `1.3.6.1.4.1.2021.10.1.5.${row}`),
  cpuRawUser: '1.3.6.1.4.1.2021.11.50.0',
  cpuRawNice: '1.3.6.1.4.1.2021.11.51.0',
  cpuRawSystem: '1.3.6.1.4.1.2021.11.52.0',
  cpuRawIdle: '1.3.6.1.4.1.2021.11.53.0',
  cpuRawWait: '1.3.6.1.4.1.2021.11.54.0',
  cpuRawInterrupt: '1.3.6.1.4.1.2021.11.56.0',
  cpuRawSoftIrq: '1.3.6.1.4.1.2021.11.61.0',
  cpuRawSteal: '1.3.6.1.4.1.2021.11.64.0',
  cpuNumCpus: '1.3.6.1.4.1.2021.11.67.0',
  memTotalReal: '1.3.6.1.4.1.2021.4.5.0',
  memAvailReal: '1.3.6.1.4.1.2021.4.6.0',
  memBuffer: '1.3.6.1.4.1.2021.4.14.0',
  memCached: '1.3.6.1.4.1.2021.4.15.0',
  /** MemAvailable of /proc/meminfo; since net-snmp 5.9. */
  memSysAvail: '1.3.6.1.4.1.2021.4.27.0',
} as const;

/** HOST-RESOURCES-MIB (RFC 2790), which Windows has too. */
export const host = {
  systemUptime: '1.3.6.1.2.1.25.1.1.0',
  storageRam: '1.3.6.1.2.1.25.2.1.2',
  storageType: '1.3.6.1.2.1.25.2.3.1.2',
  storageDescr: '1.3.6.1.2.1.25.2.3.1.3',
  storageUnits: '1.3.6.1.2.1.25.2.3.1.4',
  storageSize: '1.3.6.1.2.1.25.2.3.1.5',
  storageUsed: '1.3.6.1.2.1.25.2.3.1.6',
  /** Percent over the last minute, for each CPU. */
  processorLoad: '1.3.6.1.2.1.25.3.3.1.2',
} as const;

/** IF-MIB (RFC 2863); the 32-bit counters are for agents without the 64-bit ones. */
export const links = {
  descr: '1.3.6.1.2.1.2.2.1.2',
  type: '1.3.6.1.2.1.2.2.1.3',
  operStatus: '1.3.6.1.2.1.2.2.1.8',
  inOctets: '1.3.6.1.2.1.2.2.1.10',
  outOctets: '1.3.6.1.2.1.2.2.1.16',
  name: '1.3.6.1.2.1.31.1.1.1.1',
  hcInOctets: '1.3.6.1.2.1.31.1.1.1.6',
  hcOutOctets: '1.3.6.1.2.1.31.1.1.1.10',
  highSpeed: '1.3.6.1.2.1.31.1.1.1.15',
  /** IP-MIB (RFC 4293): the interface of an address; the first form is for IPv4 alone. */
  ofAddress4: '1.3.6.1.2.1.4.20.1.2',
  ofAddress6: '1.3.6.1.2.1.4.34.1.3.2.16',
} as const;
