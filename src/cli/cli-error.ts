import type { ExitCode } from './exit-codes.ts';

/** A command that cannot go on: the message for the person, and the exit code for the shell. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
