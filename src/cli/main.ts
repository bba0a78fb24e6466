import { type Clock, systemClock } from '../clock.ts';
import { CliError } from './cli-error.ts';
import type { ClientName, Command, CommandGroup, Context } from './command.ts';
import { COMPLETION, complete, isCompletion } from './completion.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import { failureOf } from './failure.ts';
import type { Input } from './input.ts';
import { Io, type Streams } from './io.ts';
import { type Machine, thisMachine } from './machine.ts';
import { Answered, buildProgram, type ListedCommand } from './program.ts';
import { configFolder, SessionFile } from './session.ts';
import { COMMANDS, GROUPS } from './tables.ts';

export interface ClientSettings {
  /** Commands of the operator, which stand in the help. */
  operatorCommands?: readonly ListedCommand[];
  /** Default: those of the process. */
  streams?: Streams;
  clock?: Clock;
  machine?: Machine;
}

const connectionTo = async (file: SessionFile, invokedAs: ClientName, clock: Clock): Promise<Connection> => {
  const { endpoint, target, session } = file.read();
  if (!endpoint || !session) {
    const line = `${invokedAs} login -a URL --apikey KEY`;
    throw new CliError(EXIT.NOT_LOGGED_IN, `Not logged in. Use '${line}' to log in.`);
  }
  // loaded here, so that help does not wait for it
  const { Connection } = await import('./connection.ts');
  return new Connection(endpoint, target, session, file, clock);
};

const contextOf = (
  io: Io,
  invokedAs: ClientName,
  { clock = systemClock, machine }: ClientSettings,
): Context => {
  const file = new SessionFile(configFolder(io.env));
  return {
    io,
    clock,
    machine: machine ?? thisMachine(io),
    invokedAs,
    file,
    connect: () => connectionTo(file, invokedAs, clock),
  };
};

/** Whether the group's name alone is a command. */
const isCommand = ({ commands }: CommandGroup): boolean => commands.some(({ name }) => name === '');

/** A program or a group alone shows its help. */
const orHelp = (argv: readonly string[]): readonly string[] =>
  argv.length === 0 ||
  (argv.length === 1 && GROUPS.some((group) => group.name === argv[0] && !isCommand(group)))
    ? [...argv, '--help']
    : argv;

const parse = async (argv: readonly string[], context: Context, settings: ClientSettings): Promise<void> => {
  const listed = [...(settings.operatorCommands ?? [])];
  const commands = [...COMMANDS, COMPLETION];
  if (isCompletion(argv)) {
    const operator = listed.map((row) => ({ ...row, commands: [] }));
    return complete(context, { commands, groups: [...GROUPS, ...operator] }, argv.slice(2));
  }
  const run = async (command: Command, input: Input) => {
    if (input.json) context.io.resultsOnly();
    await command.run(context, input);
  };
  const program = buildProgram({ commands, groups: GROUPS, listed }, context.invokedAs, context.io, run);
  await program.parseAsync(orHelp(argv), { from: 'user' });
};

/** A reader may close the pipe before the end (`| head -1`). That is not a failure. */
const tolerateClosedPipe = ({ stdout }: Streams): void => {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
};

/**
 * Ends the process once its output is written. The shell waits for that end. A call to the server, or the look-up of a
 * host name, could delay it by a minute.
 */
const endNow = (): void => void process.stdout.write('', () => process.exit(EXIT.OK));

/**
 * Runs one command line of the client, `argv` without the program's name, and answers its exit code. Never throws.
 * Some output may not be written yet when it returns: set process.exitCode and let the process end by itself.
 */
export const runClient = async (
  argv: readonly string[],
  invokedAs: ClientName,
  settings: ClientSettings = {},
): Promise<number> => {
  const streams = settings.streams ?? process;
  if (streams === process) tolerateClosedPipe(streams);
  const io = new Io(streams);
  try {
    await parse(argv, contextOf(io, invokedAs, settings), settings);
    if (isCompletion(argv) && streams === process) endNow();
    return EXIT.OK;
  } catch (error) {
    if (error instanceof Answered) return EXIT.OK;
    const { exitCode, lines } = failureOf(error, invokedAs);
    io.complain(['FAILED', ...lines]);
    return exitCode;
  }
};
