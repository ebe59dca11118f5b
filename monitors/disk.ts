import { defineMonitor, field, type Monitor } from '../src/plugin/plugin.ts';
import type { Disk } from './measure/facts.ts';
import { type Held, judgeLimits, lacking, measured, noReading } from './measure/measured.ts';
import { realWorld, viaFields, viaRule, type World } from './measure/via.ts';

/** Windows appends a label to the drive letter: `C:\ Label:...`. */
function isAt({ path }: Disk, wanted: string): boolean {
  return path === wanted || (path?.startsWith(`${wanted} `) ?? false);
}

/** The fullest of several. Rounded up: 100 % is full, and 99.2 % nearly so. */
function fullest(shares: readonly number[]): number {
  return Math.ceil(Math.max(...shares));
}

function heldOf(disks: readonly Disk[], limit: number, inodes: number | undefined): readonly Held[] {
  const space = { name: 'disk', value: fullest(disks.map(({ used }) => used)), limit, unit: ' %' };
  const shares = disks.flatMap((disk) => disk.inodes ?? []);
  return shares.length === 0 ? [space] : [space, { name: 'inodes', value: fullest(shares), limit: inodes, unit: ' %' }];
}

export function diskMonitor(world: World): Monitor {
  return defineMonitor({
    type: 'disk',
    interval: '1m',
    onLimit: 'warn',
    about: 'Holds the fullest of some file systems against a limit',
    options: field
      .object({
        ...viaFields,
        paths: field
          .list(field.text())
          .min(1, 'expected at least one path')
          .max(100)
          .optional()
          .describe('Mount points; default: /, and with the agent its own disk_paths'),
        limit: field
          .number(1, 100)
          .default(90)
          .describe('Percent of the space, as df(1) counts; reached means overloaded'),
        inodes: field.number(1, 100).optional().describe('Percent of the inodes; reached means overloaded'),
      })
      .superRefine((options, context) => {
        viaRule(options, context);
        if (options.via === 'agent' && options.paths !== undefined) {
          const message = 'expected the paths in the configuration of the agent, which measures by itself';
          context.addIssue({ code: 'custom', path: ['paths'], message });
        }
      }),
    network: true,
    loads: ({ inodes }) => (inodes === undefined ? ['disk'] : ['disk', 'inodes']),
    prepare(options) {
      const paths = options.paths ?? ['/'];
      return measured<never>({ what: 'disk', paths }, options, world, (facts) => {
        const { disks } = facts;
        if (disks === undefined) return { verdict: lacking('disk', facts, 'no figures of file systems') };
        const whole = disks.filter(({ path }) => path === null);
        if (whole.length > 0) return { verdict: judgeLimits(heldOf(whole, options.limit, options.inodes)) };
        const found = paths.map((path) => disks.find((disk) => isAt(disk, path)));
        const absent = paths.find((_path, at) => found[at] === undefined);
        const there = found.filter((disk) => disk !== undefined);
        const verdict =
          there.length === 0 ? null : judgeLimits(heldOf(there, options.limit, options.inodes), shares(there));
        // A disk that is known to be full outweighs one without a figure.
        if (verdict?.status === 'overloaded' || absent === undefined)
          return { verdict: verdict ?? lacking('disk', facts, 'no file systems') };
        return { verdict: noReading('disk', `no file system at ${absent}`, shares(disks).slice(2)) };
      });
    },
  });
}

function shares(disks: readonly Disk[]): string {
  const words = disks.slice(0, 20).map(({ path, used }) => `${path} ${Math.ceil(used)} %`);
  return `; ${words.join(', ')}`;
}

export const disk = diskMonitor(realWorld);
