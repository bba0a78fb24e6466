/**
 * What an executable begins with, in its main thread and in each other: it makes Node load the modules of the program from the
 * assets in the file, each when it is asked for. The names are addresses below a folder that need not exist.
 */
import { createRequire, registerHooks } from 'node:module';
import { getAsset } from 'node:sea';
import { isMainThread, threadName } from 'node:worker_threads';

const BASE = 'file:///tidegate/';
/** The main program of an executable can import Node's own modules only. A module that was required may import all. */
const FIRST = `${BASE}first.js`;

registerHooks({
  resolve: (specifier, context, next) => {
    const isOurs = specifier.startsWith('./') && context.parentURL?.startsWith(BASE);
    const url = isOurs ? new URL(specifier, context.parentURL).href : specifier;
    return url.startsWith(BASE) ? { url, format: 'module', shortCircuit: true } : next(specifier, context);
  },
  load: (url, context, next) => {
    if (!url.startsWith(BASE)) return next(url, context);
    const name = isMainThread ? 'main' : threadName;
    const source = url === FIRST ? `import('./${name}.js')` : getAsset(url.slice(BASE.length), 'utf8');
    return { format: 'module', source, shortCircuit: true };
  },
});
createRequire(BASE)(FIRST);
