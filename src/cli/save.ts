/** Files for hosts where the declared state must come up without us. */
import { resolve } from 'node:path';
import { declareState } from '../apply/desired.ts';
import { manifestName, saveFiles } from '../apply/save.ts';
import { loaderName, saveState, unitName } from '../apply/saved-files.ts';
import { marksNothing } from '../core/marks.ts';
import type { JsonOption } from './options.ts';
import { rememberedNow } from './remembered.ts';
import { type Line, plain, toned } from './render/look.ts';
import { count } from './render/words.ts';
import { type ExitCode, print, printJson, type Session, UsageError } from './session.ts';
import { type KernelParts, withKernel } from './with-kernel.ts';

export interface SaveOptions extends JsonOption {
  readonly force?: boolean;
}

export async function save(
  session: Session,
  parts: KernelParts,
  folder: string,
  file: string,
  options: SaveOptions,
): Promise<ExitCode> {
  if (folder === '') throw new UsageError('DIR: expected a folder, got nothing');
  const target = resolve(folder);
  return withKernel(session, parts, file, async (config, kernel) => {
    const desired = declareState(config, await rememberedNow(config, kernel));
    const script = marksNothing(desired.marking) ? null : (await kernel.filter()).script(desired.marking);
    const { files, commands } = saveState(desired, script, kernel.ipvsadmLines, target);
    const gone = await saveFiles(target, files, { force: options.force === true });
    if (options.json) {
      printJson(session, { folder: target, files: [...files.map(({ name }) => name), manifestName], commands, gone });
      return 0;
    }
    print(session, [
      [toned('good', `✔ saved ${count(files.length + 1, 'file')}`), plain(`  in ${target}`)],
      ...gone.map((name): Line => [toned('quiet', `    ${name} is no longer part of it and was taken away`)]),
    ]);
    if (commands.length === 0) {
      print(session, [[toned('warn', `▲ they load nothing: ${nothingDeclared}`)]]);
      return 0;
    }
    session.out.write(
      [
        '',
        'To load them at boot:',
        indent(`systemctl enable ${shellWord(`${target}/${unitName}`)}`),
        '',
        `or have ${shellWord(`${target}/${loaderName}`)} run:`,
        ...commands.map(indent),
        '',
      ].join('\n'),
    );
    return 0;
  });
}

const nothingDeclared = 'no virtual service is meant for IPVS, and no packet gets a mark';

function shellWord(text: string): string {
  return /^[\w./+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function indent(line: string): string {
  return `  ${line}`;
}
