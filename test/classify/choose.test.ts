import { describe, expect, it } from 'vitest';
import { choosePacketFilter } from '../../src/classify/choose.ts';
import { PacketFilterError } from '../../src/classify/packet-filter.ts';
import type { ExecResult } from '../../src/ports.ts';
import { answering } from './fixtures.ts';

const fine: Partial<ExecResult> = {};
const denied: Partial<ExecResult> = {
  exitCode: 1,
  stderr:
    'Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\n',
};
const unable: Partial<ExecResult> = {
  exitCode: 1,
  stderr:
    '/dev/stdin:1:1-21: Error: Could not process rule: Operation not supported\ntable inet understudy\n^^^^^^^^^^^^^^^^^^^^^\n',
};
const noTable: Partial<ExecResult> = {
  exitCode: 1,
  stderr: 'iptables-save v1.8.9 (legacy): Cannot initialize: Table does not exist (do you need to insmod?)\n',
};

describe('the choice of a packet filter', () => {
  it.each([
    ['nftables where both work', 'auto', { nft: fine, 'iptables-save': fine, ipset: fine }, 'nftables'],
    ['iptables where there is no nft', 'auto', { 'iptables-save': fine, ipset: fine }, 'iptables'],
    ['iptables where the kernel cannot do what nft asks', 'auto', { nft: unable, 'iptables-save': fine }, 'iptables'],
    ['iptables where it is wanted', 'iptables', { nft: fine, 'iptables-save': fine }, 'iptables'],
    ['nftables where it is wanted', 'nftables', { nft: fine, 'iptables-save': fine }, 'nftables'],
  ] as const)('takes %s', async (_, wanted, answers, kind) => {
    expect((await choosePacketFilter(answering(answers), wanted)).kind).toBe(kind);
  });

  it('asks nft for a check only, and changes nothing', async () => {
    const exec = answering({ nft: fine, 'iptables-save': fine, ipset: fine });
    await choosePacketFilter(exec, 'auto');
    await choosePacketFilter(exec, 'iptables');
    expect(exec.calls).toEqual(['nft -c -f -', 'iptables-save -t mangle', 'ipset list -n']);
  });

  it.each([
    [
      'neither is there',
      'auto',
      {},
      'missing',
      'expected a working nft or iptables: no nft: expected `nft` in PATH; no iptables-save: expected `iptables-save` in PATH; install the package nftables',
    ],
    [
      'the wanted one is not there',
      'iptables',
      { nft: fine },
      'missing',
      'expected a working iptables: no iptables-save: expected `iptables-save` in PATH; install the package iptables',
    ],
    [
      'we are not allowed to',
      'auto',
      { nft: denied },
      'permission',
      'expected a working nft or iptables: nft is not allowed to: expected root or CAP_NET_ADMIN, got `Operation not permitted (you must be root); netlink: Error: cache initialization failed: Operation not permitted`; no iptables-save: expected `iptables-save` in PATH',
    ],
    [
      'the kernel can neither',
      'auto',
      { nft: unable, 'iptables-save': noTable },
      'refused',
      'expected a working nft or iptables: nft -c -f -: /dev/stdin:1:1-21: Error: Could not process rule: Operation not supported; table inet understudy; iptables-save -t mangle: iptables-save v1.8.9 (legacy): Cannot initialize: Table does not exist (do you need to insmod?)',
    ],
  ] as const)('says so in one line when %s', async (_, wanted, answers, kind, message) => {
    const error = await choosePacketFilter(answering(answers), wanted).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PacketFilterError);
    expect(error).toMatchObject({ kind, message });
  });
});
