import { CommanderError } from 'commander';
import type { ClientError } from '../client/client-error.ts';
import { CliError } from './cli-error.ts';
import type { ClientName } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** What a failed command prints, and its exit code. */
export interface Failure {
  exitCode: ExitCode;
  lines: string[];
}

const CODES = new Map<number, ExitCode>([
  [401, EXIT.REFUSED],
  [403, EXIT.REFUSED],
  [404, EXIT.NOT_FOUND],
]);

// by name, so that this file need not load the HTTP client to report a typing error
export const isClientError = (error: unknown): error is ClientError =>
  error instanceof Error && error.name === 'ClientError';

/** The code, and the id of the request in the server's log. */
export const originOf = ({ code, requestId }: ClientError): string =>
  requestId ? `(${code}, request ${requestId})` : `(${code})`;

// people copy this command line: nothing that the server sends may be in it, except an id
const REQUEST_ID = /^[0-9a-f]{32}$/;

// other refusals with 403, such as that of a protected tag or a quota, looked at no policy, and nothing explains them
const FOR_MISSING_RIGHTS = /^You are not authorized/;

/** The command that explains a refusal for missing rights. */
const whyOf = ({ status, message, requestId }: ClientError, invokedAs: ClientName): string[] =>
  status === 403 && FOR_MISSING_RIGHTS.test(message) && REQUEST_ID.test(requestId ?? '')
    ? [`'${invokedAs} iam explain ${requestId}' shows which policies were looked at.`]
    : [];

/** The server's message as a sentence. A message that begins with a name (`iam_id …`) stays as it is. */
const sentence = (message: string): string => {
  const begun = /^[a-z]{1,12} /.test(message) ? message.charAt(0).toUpperCase() + message.slice(1) : message;
  // no full stop after an id or a digest, so that it can be copied
  return /(?:(?:^| )[A-Za-z]+|[ (]cr [a-z-]+\))$/.test(begun) ? `${begun}.` : begun;
};

const fromClient = (error: ClientError, invokedAs: ClientName): Failure => {
  if (error.code === 'UNREACHABLE') {
    const hint = `Check the address and that the server runs; '${invokedAs} login -a URL' targets another.`;
    return { exitCode: EXIT.UNREACHABLE, lines: [error.message, hint] };
  }
  if (error.code === 'SESSION_ENDED') {
    const hint = `The session has ended. Use '${invokedAs} login' to log in again.`;
    return { exitCode: EXIT.NOT_LOGGED_IN, lines: [hint, error.message, originOf(error)] };
  }
  const exitCode = CODES.get(error.status ?? 0) ?? EXIT.FAILED;
  return { exitCode, lines: [sentence(error.message), ...whyOf(error, invokedAs), originOf(error)] };
};

/** Everything that a command can throw, as a message for a person. */
export const failureOf = (error: unknown, invokedAs: ClientName): Failure => {
  if (error instanceof CliError) return { exitCode: error.exitCode, lines: error.message.split('\n') };
  if (isClientError(error)) return fromClient(error, invokedAs);
  if (error instanceof Error && error.name === 'TemplateError') {
    return { exitCode: EXIT.USAGE, lines: [`The template of --format is not valid: ${error.message}.`] };
  }
  if (error instanceof CommanderError) return { exitCode: EXIT.USAGE, lines: [error.message] };
  return {
    exitCode: EXIT.FAILED,
    lines: [`Internal error: ${error instanceof Error ? error.message : String(error)}`],
  };
};
