import { register } from 'node:module';

let registered = false;

/** TypeScript is read as ES modules, in a package of whatever type or in none. */
const resolver = `
let urls;
export function initialize(data) { urls = data; }
export async function resolve(specifier, context, next) {
  if (urls[specifier]) return { url: urls[specifier], shortCircuit: true };
  const found = await next(specifier, context);
  return /[.]ts([?]|$)/.test(found.url) ? { ...found, format: 'module' } : found;
}`;

/** A module may import pufferflow wherever it lies: it gets the library that runs it. */
function resolveOurselves(): void {
  if (registered) return;
  registered = true;
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const data = {
    pufferflow: new URL(`../../index.${extension}`, import.meta.url).href,
    'pufferflow/envs': new URL(`../../envs/index.${extension}`, import.meta.url).href,
    'pufferflow/tensorflow': new URL(`../engine/tensorflow/index.${extension}`, import.meta.url).href,
    'pufferflow/laws': new URL(`../../spec/laws/index.${extension}`, import.meta.url).href,
  };
  register(`data:text/javascript,${encodeURIComponent(resolver)}`, { data });
}

/** The exports of a user's module, JavaScript or TypeScript. @param url of the file */
export async function loadModule(url: string): Promise<Record<string, unknown>> {
  const ours = new URL('../../', import.meta.url).href;
  // What is our own is loaded as we are.
  if (url.startsWith(ours) && !url.includes('/node_modules/')) return await import(url);
  resolveOurselves();
  if (!/\.[cm]?ts$/.test(url)) return await import(url);
  const { tsImport } = await import('tsx/esm/api');
  return await tsImport(url, { parentURL: import.meta.url, tsconfig: false });
}
