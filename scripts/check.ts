/** `npm run check`: types, lint and format, in that order, all of them even if one fails. */
import { spawnSync } from 'node:child_process';

const steps: [string, string[]][] = [
  ['tsc', []],
  // the pages know the browser and not Node
  ['tsc', ['-p', 'src/console/tsconfig.json']],
  ['biome', ['check', ...process.argv.slice(2), '.']],
];
let failed = false;
for (const [tool, args] of steps) {
  const { status } = spawnSync(`node_modules/.bin/${tool}`, args, { stdio: 'inherit' });
  if (status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
