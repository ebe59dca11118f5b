/** Records what `apply` did and the state before, so that `remove` undoes exactly that. */
import { isRecord } from '../../formats/json.ts';

export const memoryFile = '/var/lib/understudy/realserver.json';

export interface Memory {
  readonly forward: 'dr' | 'tun';
  /** All requested addresses. */
  readonly vips: readonly string[];
  /** The addresses that we added. */
  readonly addresses: readonly { readonly address: string; readonly device: string }[];
  /** Values before our first change, by name. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  /** A device that was down before. */
  readonly link: string | null;
}

export const nothingDone = { vips: [], addresses: [], sysctls: {}, files: [], link: null } as const;

export function printMemory(memory: Memory): string {
  return `${JSON.stringify({ version: 1, ...memory }, null, 2)}\n`;
}

/** null: not our format, or from a later version. */
export function parseMemory(text: string): Memory | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || value['version'] !== 1) return null;
  const { forward, vips, addresses, sysctls, files, link } = value;
  if (forward !== 'dr' && forward !== 'tun') return null;
  if (!isTexts(vips) || !isTexts(files) || !Array.isArray(addresses) || !isRecord(sysctls)) return null;
  if (link !== null && typeof link !== 'string') return null;
  if (!Object.values(sysctls).every((one) => typeof one === 'string')) return null;
  const places: { address: string; device: string }[] = [];
  for (const one of addresses as readonly unknown[]) {
    if (!isRecord(one) || typeof one['address'] !== 'string' || typeof one['device'] !== 'string') return null;
    places.push({ address: one['address'], device: one['device'] });
  }
  return { forward, vips, addresses: places, sysctls: sysctls as Record<string, string>, files, link };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
