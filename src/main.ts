import { enableCompileCache } from 'node:module';
import { basename, join } from 'node:path';
import { FORM } from './release.ts';

// compiled code and stripped types are kept beside the packages they belong to: it halves the time to the first request.
// A build starts fast without, and writes nothing outside its data folder.
if (FORM === 'sources') enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/tidegate'));

// a push holds a thread for as long as the disk takes to sync: with the usual four, pulls would wait behind pushes
process.env.UV_THREADPOOL_SIZE ??= '16';

/**
 * The one program. Operator commands (serve, init, config, owner-key-reset) work on this machine's installation; everything
 * else is the client. Called as bx or ibmcloud it is the client only.
 */
const OPERATOR_COMMANDS = [
  { name: 'serve', summary: 'Start the registry (npm start)' },
  { name: 'init', summary: 'Ask three questions and write a settings file for serve' },
  { name: 'config', summary: 'Print the settings in force and where each comes from' },
  {
    name: 'owner-key-reset',
    summary: "Replace the account owner's API keys by a new one; the server must be stopped",
  },
  {
    name: 'migrate-storage',
    summary: 'Move the data folder into PostgreSQL and S3; the server must be stopped',
  },
  {
    name: 'verify',
    summary: 'Read everything stored against its digest; the server must be stopped (else: gc verify)',
  },
  {
    name: 'restore',
    summary: 'Build the installation of a backup in an empty place, or try that (--drill)',
  },
] as const;

const INVOKED_AS = ['tidegate', 'bx', 'ibmcloud'] as const;

const isHelp = (argv: readonly string[]): boolean => argv.includes('--help') || argv.includes('-h');

/** The name of the program, or of the link to it, by which it was called; Node's own where it was given the file. */
const calledAs = (): string => {
  const name = basename(process.argv0, '.cjs');
  return name === 'node' ? basename(process.argv[1] ?? '', '.cjs') : name;
};

const main = async (): Promise<number> => {
  const name = calledAs();
  if (name === 'docker-credential-tidegate') {
    const { runCredentialHelper } = await import('./cli/docker-credentials.ts');
    return runCredentialHelper(process.argv.slice(2));
  }
  const invokedAs = INVOKED_AS.find((each) => each === name) ?? 'tidegate';
  const argv = process.argv.slice(2);
  const [command = ''] = argv;
  const operator = OPERATOR_COMMANDS.find((each) => each.name === command);
  if (invokedAs === 'tidegate' && command === 'keys') {
    const { isOffline } = await import('./admin/keys-offline.ts');
    if (isOffline(argv.slice(1), process.env)) {
      const { runOperator } = await import('./admin/main.ts');
      return runOperator(command, argv.slice(1));
    }
  }
  if (invokedAs === 'tidegate' && operator) {
    if (isHelp(argv)) {
      const { operatorHelp } = await import('./admin/help.ts');
      process.stdout.write(operatorHelp(command, operator.summary));
      return 0;
    }
    const { runOperator } = await import('./admin/main.ts');
    return runOperator(command, argv.slice(1));
  }
  // where no server runs to be asked, the operator's own part of the program does what the client would ask for
  if (invokedAs === 'tidegate' && command === 'backup' && argv.includes('--offline') && !isHelp(argv)) {
    const { runOperator } = await import('./admin/main.ts');
    return runOperator(command, argv.slice(1));
  }
  const { runClient } = await import('./cli/main.ts');
  return runClient(argv, invokedAs, {
    operatorCommands: invokedAs === 'tidegate' ? [...OPERATOR_COMMANDS] : [],
  });
};

process.exitCode = await main();
