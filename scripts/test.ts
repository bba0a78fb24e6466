/**
 * `npm test [-- [--long] FILE-OR-WORD…]`: says which real components are here, then runs the tests with node's runner.
 * A word selects the files whose path contains it. Options of node's runner (`--test-name-pattern=…`) are handed on.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { chromium } from '../test/support/chromium.ts';
import { clients } from '../test/support/clients.ts';
import type { Component } from '../test/support/component.ts';
import { dockerEngine } from '../test/support/docker-engine.ts';
import { dockerRegistry } from '../test/support/docker-registry.ts';
import { haproxy } from '../test/support/haproxy.ts';
import { postgres } from '../test/support/postgres.ts';
import { powerLossDisk } from '../test/support/power-loss-disk.ts';
import { prometheus } from '../test/support/prometheus.ts';
import { caddy, nginx } from '../test/support/proxies.ts';
import { offerS3, s3 } from '../test/support/s3.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { groupsOf, programsOf } from './test-groups.ts';

const root = join(import.meta.dirname, '..');
const minute = 60_000;

/** What a test file imports when it needs the component. */
const components: { component: Component; module: RegExp }[] = [
  {
    component: { ...clients(['podman', 'skopeo', 'crane', 'oras']), name: 'client tree' },
    module: /support\/clients\.ts/,
  },
  { component: dockerEngine, module: /support\/docker-engine\.ts/ },
  { component: postgres, module: /support\/postgres\.ts/ },
  { component: s3, module: /support\/s3\.ts/ },
  { component: haproxy, module: /support\/haproxy\.ts/ },
  { component: nginx, module: /support\/proxies\.ts/ },
  { component: caddy, module: /support\/proxies\.ts/ },
  { component: dockerRegistry, module: /support\/docker-registry\.ts/ },
  { component: prometheus, module: /support\/prometheus\.ts/ },
  { component: chromium, module: /support\/chromium\.ts/ },
  { component: powerLossDisk, module: /support\/power-loss-disk\.ts/ },
];

const args = process.argv.slice(2);
const long = args.includes('--long');
const options = args.filter((arg) => arg.startsWith('-') && arg !== '--long');
const words = args.filter((arg) => !arg.startsWith('-'));
const isSelected = (file: string) =>
  words.length === 0 || words.some((word) => file.includes(word.replace(/^\.\//, '')));
const files = globSync(['test/**/*.test.ts', ...(long ? ['test/**/*.long.ts'] : [])], { cwd: root })
  .filter(isSelected)
  .sort();

/**
 * Not those of this process, which keep a server small (run.cjs): collecting garbage in small steps costs tests a tenth of
 * their time, and what is compiled with one growth of the heap is not read with another, as the servers of tests have.
 */
const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=32'];

/** A server that a test kills leaves no compiled code behind, and the next one would compile everything again. */
const fillCompileCache = (): void => {
  const programs = [
    'src/admin/main.ts',
    'src/admin/serve.ts',
    'src/cli/main.ts',
    'src/blobs/s3.ts',
    'src/database/postgres.ts',
  ];
  const imports = programs.map((program) => `import ${JSON.stringify(`./${program}`)};`).join('\n');
  const options = [...NODE_OPTIONS, '--input-type=module', '--eval', imports];
  spawnSync(process.execPath, options, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
};

/** Where everything must be present, an absent component is a failure of the whole run. */
const demanding = process.env.CI === 'true';

/** Prints the components and returns the names of those that are absent and that a selected file needs. */
const reportComponents = (): string[] =>
  components.flatMap(({ component, module }) => {
    const reason = component.absence();
    console.log(`  ${component.name.padEnd(14)} ${reason === undefined ? 'present' : `absent: ${reason}`}`);
    if (reason === undefined) return [];
    const without = files.filter((file) => module.test(readFileSync(join(root, file), 'utf8')));
    for (const file of without)
      console.log(`  ${''.padEnd(14)} ${demanding ? 'fails' : 'skipped'} for lack of it: ${file}`);
    return without.length > 0 ? [component.name] : [];
  });

/** Runs the files; resolves to the runner's exit code and the last totals it printed. */
const runTests = async (): Promise<{ code: number; totals: string[]; endsWithTotals: boolean }> => {
  const runner = [...NODE_OPTIONS, '--test', '--test-concurrency=2', '--test-reporter=spec'];
  runner.push(`--test-timeout=${long ? 60 * minute : 20 * minute}`, ...options);
  using folder = temporaryFolder();
  await using _s3 = offerS3(folder.path);
  const programs = programsOf(root, groupsOf(root, files), folder.path);
  fillCompileCache();
  const child = spawn(process.execPath, [...runner, ...programs], {
    cwd: root,
    env: {
      ...process.env,
      ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
      // what test processes share in this run (test/support/empty-database.ts, s3.ts)
      TEST_RUN_FOLDER: folder.path,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const totals = new Map<string, string>();
  let endsWithTotals = false;
  let rest = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    process.stdout.write(chunk);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, name] = /^ℹ (\w+) [\d.]+$/.exec(stripVTControlCharacters(line)) ?? [];
      if (name) totals.set(name, line);
      if (line.trim()) endsWithTotals = name !== undefined;
    }
  }
  const [code] = (await exited) as [number | null];
  return { code: code ?? 1, totals: [...totals.values()], endsWithTotals };
};

if (files.length === 0) {
  console.error(`no test file's path contains ${words.join(' or ')}`);
  process.exit(1);
}
console.log(`${files.length} test files; real components:`);
const absent = reportComponents();
const incomplete = demanding && words.length === 0 && absent.length > 0;
if (incomplete) console.log(`CI=true, so this run fails for lack of: ${absent.join(', ')}`);
console.log('');

const { code, totals, endsWithTotals } = await runTests();
// After failures the runner goes on past its totals; they belong at the end.
if (!endsWithTotals && totals.length > 0) console.log(`\n${totals.join('\n')}`);
process.exitCode = code === 0 && incomplete ? 1 : code;
