/** Debian packages from the host's own sources, without a change to the host. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { LabUnavailable, type Report, run } from './unavailable.ts';

export interface Wanted {
  /** With what they need beside the host's own. */
  readonly packages: readonly string[];
  /** Nothing but these. */
  readonly alone: readonly string[];
  /** Names the present kernel, of which nothing but the kernel is wanted. */
  readonly kernel: string;
}

/** Gives the archives, all in a folder of `work`. */
export async function download(
  { packages, alone, kernel }: Wanted,
  work: string,
  report: Report,
): Promise<readonly string[]> {
  const archives = path.join(work, 'cache', 'archives');
  fs.mkdirSync(path.join(archives, 'partial'), { recursive: true });
  fs.mkdirSync(path.join(work, 'lists', 'partial'), { recursive: true });
  const config = path.join(work, 'apt.conf');
  fs.writeFileSync(config, aptConfig(work));

  report('lab: reading package lists');
  const update = await run('apt-get', ['-c', config, '-q', 'update'], work);
  report(`lab: downloading ${packages.length} packages and what they need`);
  const get = ['-c', config, '-q', '-y', '--no-install-recommends', '--no-remove', '--download-only', 'install'];
  const install = await run('apt-get', [...get, ...packages], work);
  if (install.status !== 0) {
    const cause = firstError(update.output) ?? firstError(install.output) ?? `apt-get ended with ${install.status}`;
    throw new LabUnavailable(`cannot download packages: ${cause}`);
  }
  await downloadAlone([...alone, await presentKernel(kernel, config, archives)], config, archives);
  return fs
    .readdirSync(archives)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => path.join(archives, name));
}

async function presentKernel(metapackage: string, config: string, folder: string): Promise<string> {
  const { output } = await run('apt-cache', ['-c', config, 'depends', '--important', metapackage], folder);
  const name = /Depends: (linux-image-[\w.-]+)/.exec(output)?.[1];
  if (name === undefined) throw new LabUnavailable(`expected a kernel that ${metapackage} depends on, got none`);
  return name;
}

async function downloadAlone(names: readonly string[], config: string, folder: string): Promise<void> {
  const { status, output } = await run('apt-get', ['-c', config, '-q', 'download', ...names], folder);
  if (status === 0) return;
  throw new LabUnavailable(`cannot download ${names.join(', ')}: ${firstError(output) ?? `status ${status}`}`);
}

/** The host's sources and proxy stay; lists, archives and locks are ours, hooks of the host do not run. */
function aptConfig(work: string): string {
  const hooks = ['APT::Update::Pre-Invoke', 'APT::Update::Post-Invoke', 'APT::Update::Post-Invoke-Success'];
  return [
    ...hooks.map((hook) => `#clear ${hook};`),
    '#clear DPkg::Pre-Install-Pkgs;',
    '#clear DPkg::Post-Invoke;',
    '#clear Acquire::IndexTargets::deb::DEP-11;',
    `Dir::State::Lists "${work}/lists";`,
    `Dir::Cache "${work}/cache";`,
    `Dir::Log "${work}";`,
    'Debug::NoLocking "1";',
    'APT::Sandbox::User "";',
    'APT::Get::List-Cleanup "0";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    '',
  ].join('\n');
}

function firstError(output: string): string | null {
  const lines = output.split('\n');
  const line = lines.find((text) => text.startsWith('E: ')) ?? lines.find((text) => text.startsWith('W: Failed'));
  return line === undefined ? null : line.slice(3).trim();
}
