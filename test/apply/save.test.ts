import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { declareState } from '../../src/apply/desired.ts';
import { nothingRemembered } from '../../src/apply/kernel.ts';
import { manifestName, saveFiles } from '../../src/apply/save.ts';
import { loaderName, saveState } from '../../src/apply/saved-files.ts';
import { tempFolder } from '../http/harness.ts';
import { configOf, marksOf, paperKernel, service } from './world.ts';

const careful = { force: false } as const;

function file(name: string, content: string) {
  return { name, content, executable: false };
}

describe('the saved state', () => {
  const kernel = paperKernel();
  const config = configOf([service('playout', 1, ['edge1', 'edge2'], { persistenceS: 50 })], marksOf(1));
  const desired = declareState(config, nothingRemembered);

  function saved(folder: string, script = kernel.chosen.script(desired.marking) as typeof noScript) {
    return saveState(desired, script, kernel.ipvsadmLines, folder);
  }
  const noScript = null as ReturnType<typeof kernel.chosen.script> | null;

  test('is for ipvsadm -R, the packet filter, a shell and systemd', () => {
    const { files, commands } = saved('/etc/understudy/boot');
    expect(files.map(({ name }) => name)).toEqual([
      'ipvsadm.rules',
      'understudy.nft',
      'understudy-load.sh',
      'understudy-saved.service',
    ]);
    expect(files[0]?.content).toBe(
      '-A -f 1 -s rr -p 50 -M 255.255.255.255\n' +
        '-a -f 1 -r 10.10.3.20:0 -g -w 1\n' +
        '-a -f 1 -r 10.10.3.21:0 -g -w 1\n',
    );
    expect(commands).toEqual(['ipvsadm -R < ipvsadm.rules', 'nft -f understudy.nft']);
    expect(files[2]?.content).toContain('set -e\ncd "$(dirname "$0")"\nsaid=$(ipvsadm -R < ipvsadm.rules 2>&1) ');
    expect(files[3]?.content).toContain('ExecStart=/bin/sh "/etc/understudy/boot/understudy-load.sh"\n');
  });

  test('quotes the folder as systemd reads it', () => {
    const unit = saved('/srv/50% "off" $HOME').files.at(-1)?.content;
    // Only commands know variables.
    expect(unit).toContain('RequiresMountsFor="/srv/50%% \\"off\\" $HOME"\n');
    expect(unit).toContain('ExecStart=/bin/sh "/srv/50%% \\"off\\" $$HOME/understudy-load.sh"\n');
  });

  test.each([
    ['in silence', '', 0],
    ['with a complaint in between, and the exit status of the last line', 'Memory allocation problem', 1],
  ])('loads the marks behind services that ipvsadm takes %s: %j', (_, complaint, status) => {
    const folder = tempFolder();
    const program = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o755 });
    program('ipvsadm', `#!/bin/sh\ncat > taken\n[ -z '${complaint}' ] || echo '${complaint}' >&2\n`);
    program('nft', '#!/bin/sh\n: > marked\n');
    for (const { name, content } of saved(folder).files) writeFileSync(join(folder, name), content);
    const ran = spawnSync('sh', [join(folder, loaderName)], {
      env: { PATH: `${folder}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    expect({ status: ran.status, said: ran.stderr.trim() }).toEqual({ status, said: complaint });
    expect(readFileSync(join(folder, 'taken'), 'utf8')).toContain('-A -f 1 -s rr');
    expect(existsSync(join(folder, 'marked'))).toBe(status === 0);
  });

  test('comes up behind the programs that flush what is there when they load their own rules', () => {
    expect(saved('/x').files.at(-1)?.content).toContain('\nAfter=nftables.service netfilter-persistent.service ');
  });

  test('has no packet filter where nothing is marked', () => {
    expect(saved('/x', noScript).commands).toEqual(['ipvsadm -R < ipvsadm.rules']);
  });
});

describe('saving files', () => {
  test('makes the folder, and writes again what it wrote', async () => {
    const folder = join(tempFolder(), 'a', 'b');
    await saveFiles(
      folder,
      [file('one', '1\n'), { name: 'run.sh', content: '#!/bin/sh\n', executable: true }],
      careful,
    );
    await saveFiles(
      folder,
      [file('one', '2\n'), { name: 'run.sh', content: '#!/bin/sh\n', executable: true }],
      careful,
    );
    expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('2\n');
    expect(statSync(join(folder, 'run.sh')).mode & 0o111).not.toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['one', 'run.sh', manifestName].sort());
  });

  test('takes away what is no longer part of it, unless somebody changed it', async () => {
    const folder = tempFolder();
    await saveFiles(folder, [file('one', '1'), file('two', '2'), file('three', '3')], careful);
    writeFileSync(join(folder, 'three'), 'mine');
    expect(await saveFiles(folder, [file('one', '1')], careful)).toEqual(['two']);
    expect(existsSync(join(folder, 'two'))).toBe(false);
    expect(readFileSync(join(folder, 'three'), 'utf8')).toBe('mine');
  });

  test.each([
    ['that somebody else wrote', false, 'it was not written by understudy save'],
    ['that was changed since', true, 'it was changed since it was saved'],
  ])('refuses to replace a file %s, and writes none', async (_, first, why) => {
    const folder = tempFolder();
    if (first) await saveFiles(folder, [file('one', '1')], careful);
    writeFileSync(join(folder, 'one'), 'mine');
    const again = saveFiles(folder, [file('zero', '0'), file('one', '1')], careful);
    await expect(again).rejects.toThrow(
      `${folder}/one: expected to replace a file of ours, but ${why}; --force replaces it`,
    );
    expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'zero'))).toBe(false);
    await saveFiles(folder, [file('one', '1')], { force: true });
    expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('1');
  });

  test('repeats a saving that was cut short', async () => {
    const folder = tempFolder();
    await saveFiles(folder, [file('one', '1'), file('two', '2')], careful);
    // A folder in the way of the second file's draft, as a disk that is full: both stay as they were, together.
    mkdirSync(join(folder, '.two.new', 'full'), { recursive: true });
    await expect(saveFiles(folder, [file('one', '11'), file('two', '22')], careful)).rejects.toThrow(
      `${folder}/two: expected to write it, got`,
    );
    expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('1');
    expect(readdirSync(folder).sort()).toEqual(['.two.new', 'one', 'two', manifestName].sort());
    // Killed behind the first file: it is new by then, the second old.
    writeFileSync(join(folder, 'one'), '11');
    await saveFiles(folder, [file('one', '11')], careful);
    expect(readdirSync(folder).sort()).toEqual(['.two.new', 'one', manifestName].sort());
  });

  test.each([
    ['no JSON', '{'],
    ['another form', '{"sha256": 5}'],
    ['a way out of the folder', '{"sha256": {"../passwd": ["x"]}}'],
    ['a name that begins with a dot', '{"sha256": {".": ["x"]}}'],
  ])('refuses a manifest with %s', async (_, text) => {
    const folder = tempFolder();
    writeFileSync(join(folder, manifestName), text);
    await expect(saveFiles(folder, [file('one', '1')], careful)).rejects.toThrow(
      `${folder}/${manifestName}: expected a list of saved files, got something else; --force replaces it`,
    );
    expect(readdirSync(folder)).toEqual([manifestName]);
  });

  test('does not follow a link out of the folder', async () => {
    const [folder, elsewhere] = [tempFolder(), join(tempFolder(), 'passwd')];
    writeFileSync(elsewhere, 'mine');
    symlinkSync(elsewhere, join(folder, 'one'));
    await expect(saveFiles(folder, [file('one', '1')], { force: true })).rejects.toThrow(
      `${folder}/one: expected a regular file or none, got something else`,
    );
    expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
  });

  test.each(['/proc/x', '/proc/x/y'])('ends where no folder can be made: %s', async (folder) => {
    await expect(saveFiles(folder, [], careful)).rejects.toThrow(
      `${folder}: expected a folder to write to, got ENOENT`,
    );
  });

  test('says what stands in the way of the folder', async () => {
    const inTheWay = join(tempFolder(), 'file');
    writeFileSync(inTheWay, '');
    await expect(saveFiles(inTheWay, [], careful)).rejects.toThrow(
      `${inTheWay}: expected a folder to write to, got EEXIST`,
    );
  });
});
