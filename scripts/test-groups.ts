import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * A file that changes its process, or measures it, has it for itself: the other trees' engines, replaced functions and
 * clocks, the environment, memory and the event loop. So has a file that takes longer.
 */
const ALONE =
  /runTrees|\bmock\b|process\.env\.\w+ = |Object\.assign\(process\.env|monitorEventLoopDelay|eventLoopUtilization|memoryUsage|steps\.ts|resourceUsage|\bgc\(/;

/** A file that starts processes or engines takes as long as several that do not. */
const HEAVY =
  /startRegistryProcess|RegistryProcess\(|startPostgres|startS3|startLab|startChromium|restored-world\.ts|rounds\.ts|browser-lab\.ts|made\.ts|support\/(clients|docker-engine|haproxy|lab)\.ts/;
/** Folders whose tests drive docker, restore installations or type whole pages. */
const SLOW = /^test\/(?:backup|clients|guides|seeds)\//;
const HEAVY_WEIGHT = 3;
const GROUP_WEIGHT = 9;

/**
 * Files of one folder share a process, some at a time, each as a suite of its own: loading the program takes a second and
 * more, which is longer than most files' tests. Their order in a process is that of their names.
 */
export const groupsOf = (root: string, files: readonly string[]): string[][] => {
  const groups: string[][] = [];
  let open: { folder: string; files: string[]; weight: number } | undefined;
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    if (file.endsWith('.long.ts') || ALONE.test(text)) {
      groups.push([file]);
      continue;
    }
    const weight = HEAVY.test(text) ? HEAVY_WEIGHT : 1;
    const folder = dirname(file);
    if (open?.folder !== folder || open.weight + weight > GROUP_WEIGHT) {
      open = { folder, files: [], weight: 0 };
      groups.push(open.files);
    }
    open.files.push(file);
    open.weight += weight;
  }
  // what takes longest begins first, so that no process works alone at the end
  const rank = ([first = '']: readonly string[]): number => (SLOW.test(first) ? 0 : 1);
  return groups.sort((one, other) => rank(one) - rank(other));
};

/** What node's runner starts for each group: the file itself, or a program in `folder` that imports the files. */
export const programsOf = (root: string, groups: readonly string[][], folder: string): string[] =>
  groups.map((files, index) => {
    const [first = ''] = files;
    if (files.length === 1) return first;
    const program = join(
      folder,
      `${String(index).padStart(3, '0')}-${dirname(first).replaceAll('/', '-')}.mjs`,
    );
    const suites = files.map((file) => {
      const url = pathToFileURL(join(root, file)).href;
      return `suite(${JSON.stringify(file)}, () => import(${JSON.stringify(url)}));\n`;
    });
    writeFileSync(program, `import { suite } from 'node:test';\n${suites.join('')}`);
    return program;
  });
