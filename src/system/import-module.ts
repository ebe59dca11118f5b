/** Imports a plugin's file into this process. */
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What plugins may import by name, wherever they are: Node would look for it in the folders above the plugin only. */
const contract = 'understudyd/plugin';

const hooks = `
let url;
export function initialize(data) { url = data.url; }
export function resolve(specifier, context, next) {
  return specifier === '${contract}' ? { url, shortCircuit: true } : next(specifier, context);
}`;

let hooked = false;

/** A module that failed is remembered by Node as failed: another `again` is another module to it. */
export async function importModule(file: string, again: number): Promise<unknown> {
  if (!hooked) {
    hooked = true;
    const url = pathToFileURL(createRequire(import.meta.url).resolve(contract)).href;
    register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: { url } });
  }
  return import(`${pathToFileURL(file).href}${again === 0 ? '' : `?again=${again}`}`);
}
