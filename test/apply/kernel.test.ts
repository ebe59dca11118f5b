/** The declared state on this machine's packet filters, in a network namespace of its own, beside a fake ipvsadm. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { applyState } from '../../src/apply/apply.ts';
import { clearState, planClear } from '../../src/apply/clear.ts';
import { declareState } from '../../src/apply/desired.ts';
import { type Kernel, nothingRemembered } from '../../src/apply/kernel.ts';
import { changesNothing } from '../../src/apply/plan.ts';
import { lookAtState } from '../../src/apply/read.ts';
import { saveFiles } from '../../src/apply/save.ts';
import { loaderName, saveState } from '../../src/apply/saved-files.ts';
import { shellScript, stepsOf } from '../../src/apply/steps.ts';
import { choosePacketFilter } from '../../src/classify/choose.ts';
import type { Config } from '../../src/config/config.ts';
import { parseNetwork } from '../../src/config/networks.ts';
import { pathMarks } from '../../src/core/marks.ts';
import { openKernel } from '../../src/local.ts';
import type { Exec } from '../../src/ports.ts';
import { systemExec } from '../../src/system/exec.ts';
import { missingFor } from '../classify/kernel/namespaces.ts';
import { fakeIpvs } from '../fake/ipvsadm/fake-ipvs.ts';
import { tempFolder } from '../http/harness.ts';
import { configOf, marksOf, path, service } from './world.ts';

vi.setConfig({ testTimeout: 60_000 });

const handMade = `
nft 'add table ip mine; add chain ip mine input { type filter hook input priority 0; }; add rule ip mine input tcp dport 9 drop'
iptables -t mangle -A PREROUTING -p tcp --dport 9 -j MARK --set-mark 9
ipset create mine hash:ip
ipset add mine 10.0.0.1
`;
/** All rules of others, as their programs print them. */
const listing = 'nft list table ip mine; iptables-save -t mangle | grep -v "^#"; ipset list mine';

const clients = ['192.168.7.0/24', '192.168.7.21', '10.0.0.0/8'].map((text, at) => {
  const parsed = parseNetwork(text);
  if (!('ok' in parsed)) throw new Error(`expected a network, got \`${text}\``);
  return { network: parsed.ok, mark: 1 + (at % 2) };
});
const [group] = marksOf(1).groups;
const marking = {
  groups: group === undefined ? [] : [{ ...group, byClient: true }],
  clients,
  paths: [path('edge1', pathMarks.first)],
};

const missing = missingFor(['nft', 'iptables', 'ipset']);

describe.each(['nftables', 'iptables'] as const)('with %s', (backend) => {
  const base = configOf([service('one', 1, ['edge1']), service('two', 2, ['edge2'], { persistenceS: 50 })], marking);
  const config: Config = { ...base, classify: { ...base.classify, backend } };

  if (missing !== null) {
    test.skip(`the declared state in a namespace of its own: ${missing}`, () => {});
    return;
  }

  test('is applied and cleared, and what others made stays byte for byte', async () => {
    const { kernel, shell, ipvs } = director();
    shell(handMade);
    const before = [shell(listing), ipvs.proc()];
    await applied(config, kernel);
    expect(shell('nft list tables; iptables-save -t mangle')).toMatch(/understudy/i);
    const cleared = await clearState(await planClear(config, kernel), kernel);
    expect(cleared).toMatchObject({ failed: null });
    expect([shell(listing), ipvs.proc()]).toEqual(before);
    expect(shell('nft list tables; ipset list -n; iptables-save')).not.toMatch(/understudy/i);
  });

  test('leaves the other packet filter when the configuration names this one', async () => {
    const { kernel, shell } = director();
    const other: Config = {
      ...config,
      classify: { ...config.classify, backend: backend === 'nftables' ? 'iptables' : 'nftables' },
    };
    await applied(other, { ...kernel, filter: () => kernel.filterOf(other.classify.backend) });
    await applied(config, kernel);
    const [nft, iptables] = [shell('nft list tables'), shell('iptables-save -t mangle; ipset list -n')];
    expect([/understudy/.test(nft), /understudy/i.test(iptables)]).toEqual([
      backend === 'nftables',
      backend === 'iptables',
    ]);
  });

  test('is applied where the rules are listed in unknown words, with one warning', async () => {
    const warnings: string[] = [];
    const unknown = (text: string) => text.replaceAll(/meta mark set|--set-xmark/g, 'becomes');
    const { kernel, shell } = director(unknown, (text) => warnings.push(text));
    await applied(config, kernel);
    expect(warnings).toEqual([expect.stringMatching(/^(nftables|iptables) accepted the rules, but lists them/)]);
    expect(changesNothing((await lookAtState(config, kernel, nothingRemembered)).plan)).toBe(true);
    expect(await clearState(await planClear(config, kernel), kernel)).toMatchObject({ failed: null });
    expect(shell('nft list tables; ipset list -n; iptables-save')).not.toMatch(/understudy/i);
  });

  test('comes up from the saved files, and from the commands of the plan, as it was applied', async () => {
    const [one, two] = [director(), director()];
    const look = await lookAtState(config, one.kernel, nothingRemembered);
    const script = shellScript(stepsOf(look, one.kernel));
    one.shell(script, { folder: tempFolder(), ipvsadm: one.ipvs.folder });
    expect(changesNothing((await lookAtState(config, one.kernel, nothingRemembered)).plan)).toBe(true);

    const folder = tempFolder();
    const desired = declareState(config, nothingRemembered);
    const filter = (await two.kernel.filter()).script(desired.marking);
    await saveFiles(folder, saveState(desired, filter, two.kernel.ipvsadmLines, folder).files, { force: false });
    two.shell(`sh ${join(folder, loaderName)}`, { folder: tempFolder(), ipvsadm: two.ipvs.folder });
    expect(changesNothing((await lookAtState(config, two.kernel, nothingRemembered)).plan)).toBe(true);
  });

  function director(spell = (text: string) => text, warn: (text: string) => void = () => {}) {
    directors += 1;
    const name = `ustdy-state-${process.pid}-${directors}`;
    execFileSync('ip', ['netns', 'add', name]);
    onTestFinished(() => void execFileSync('ip', ['netns', 'del', name]));
    const ipvs = fakeIpvs();
    onTestFinished(() => ipvs.remove());
    const inside = ['netns', 'exec', name];
    const exec: Exec = {
      ...systemExec,
      async run(file, args, options) {
        if (file === ipvs.program) return systemExec.run(file, args, options);
        const result = await systemExec.run('ip', [...inside, file, ...args], options);
        return { ...result, stdout: spell(result.stdout) };
      },
    };
    const filterOf = (wanted: Config['classify']['backend']) => choosePacketFilter(exec, wanted);
    const kernel = { ...openKernel(config, { exec, program: ipvs.program, procFile: ipvs.procFile, warn }), filterOf };
    onTestFinished(() => kernel.close());
    const shell = (command: string, at: { folder?: string; ipvsadm?: string } = {}): string =>
      execFileSync('ip', [...inside, 'sh', '-ec', command], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 30_000,
        ...(at.folder === undefined ? {} : { cwd: at.folder }),
        env: { ...process.env, PATH: `${at.ipvsadm === undefined ? '' : `${at.ipvsadm}:`}${process.env['PATH']}` },
      });
    return { kernel, shell, ipvs };
  }
});

let directors = 0;

async function applied(config: Config, kernel: Kernel): Promise<void> {
  const { plan } = await lookAtState(config, kernel, nothingRemembered);
  const { signal } = new AbortController();
  expect(await applyState(config, kernel, nothingRemembered, plan, signal)).toEqual({ done: true });
}
