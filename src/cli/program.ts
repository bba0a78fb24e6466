import { Command as Commander, type CommanderError, Option } from 'commander';
import { CliError } from './cli-error.ts';
import type { Argument, ClientName, Command, CommandGroup, Flag } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { Input } from './input.ts';
import type { Io } from './io.ts';
import { VERSION } from './version.ts';

/** A command of the operator. It stands in the client's help, and is run by another part of the program. */
export interface ListedCommand {
  readonly name: string;
  readonly summary: string;
}

export interface Tables {
  readonly commands: readonly Command[];
  readonly groups: readonly CommandGroup[];
  readonly listed: readonly ListedCommand[];
}

/** Thrown after commander has printed the help or the version: the command is done. */
export class Answered extends Error {}

const pathOf = (command: Commander): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

/** Throws commander's message in the client's own form: `unknown option '--x' (Did you mean --y?)`. */
const onExit =
  (command: Commander) =>
  (error: CommanderError): never => {
    if (error.exitCode === 0) throw new Answered();
    const complaint = error.message.replace(/^error: /, '').replace('\n(', ' (');
    throw new CliError(EXIT.USAGE, `Incorrect usage: ${complaint}\nSee '${pathOf(command)} --help'.`, {
      cause: error,
    });
  };

const optionOf = ({ flags, summary, choices, many }: Flag): Option => {
  const option = new Option(flags, summary);
  if (many) option.argParser((value: string, before: readonly string[] = []) => [...before, value]);
  if (!choices) return option;
  option.choices(choices);
  const parse = option.parseArg;
  // capitals do not count: IBM's documents write `--output JSON`
  const meant = (value: string) =>
    choices.find((choice) => choice.toLowerCase() === value.toLowerCase()) ?? value;
  option.parseArg = <T>(value: string, before: T) => parse?.(meant(value), before) as T;
  return option;
};

const usageOf = ({ name, count }: Argument): string =>
  count === 'optional' ? `[${name}]` : count === 'many' ? `<${name}...>` : `<${name}>`;

/** The words for each argument of a row, by its name. */
const valuesOf = (args: readonly Argument[], typed: readonly string[]) =>
  new Map(
    args.map(({ name, count }, index) => [
      name,
      typed.slice(index, count === 'many' ? undefined : index + 1),
    ]),
  );

type Run = (command: Command, input: Input) => Promise<void>;

const child = (parent: Commander, name: string, summary: string): Commander => {
  const command = parent.command(name).description(summary).helpOption('-h, --help', 'Show this help');
  return command.exitOverride(onExit(command));
};

const addCommand = (parent: Commander, row: Command, run: Run): void => {
  const command = row.name === '' ? parent : child(parent, row.name, row.summary);
  if (row.alias) command.alias(row.alias);
  for (const argument of row.args ?? []) command.argument(usageOf(argument), argument.summary);
  for (const flag of row.flags ?? []) command.addOption(optionOf(flag));
  command.action(async () => {
    await run(row, new Input(valuesOf(row.args ?? [], command.args), command.opts()));
  });
};

/** The command line of `tables`, under the name it was invoked by. Errors are thrown as CliError, output goes to `io`. */
export const buildProgram = (tables: Tables, invokedAs: ClientName, io: Io, run: Run): Commander => {
  const program = new Commander(invokedAs)
    .description('Tidegate: a container registry and who may use it')
    .version(`tidegate ${VERSION}`, '-v, --version', 'Show the version')
    .helpOption('-h, --help', 'Show this help')
    .helpCommand('help [command]', 'Show the help of a command')
    // an option belongs to the command before it: -v alone is the version, after a command it is that command's
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => io.lines(text.trimEnd().split('\n')),
      writeErr: () => {},
      getOutHelpWidth: () => io.streams.stdout.columns ?? 100,
      getOutHasColors: () => false,
    });
  program.exitOverride(onExit(program));
  for (const row of tables.commands) addCommand(program, row, run);
  for (const { name, summary, commands } of tables.groups) {
    const group = child(program, name, summary);
    const [first] = commands;
    // in a list with headings, `help` would need a heading of its own
    if (first?.heading) group.helpCommand(false);
    else group.helpCommand('help [command]', 'Show the help of a command');
    for (const row of commands) {
      if (row.heading) group.commandsGroup(row.heading);
      addCommand(group, row, run);
    }
  }
  program.commandsGroup('Operator commands:');
  for (const { name, summary } of tables.listed) {
    child(program, name, summary).action(() => {
      throw new CliError(EXIT.USAGE, `${name} is a command of the operator: run 'tidegate ${name}'.`);
    });
  }
  return program;
};
