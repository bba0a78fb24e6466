import { createHash, randomBytes } from 'node:crypto';
import {
  beginDeviceLogin,
  discover,
  tokensByDeviceCode,
  tokensByLoginCode,
} from '../client/browser-logins.ts';
import type { Client } from '../client/client.ts';
import type { Discovery, IdentityToken } from '../wire/tokens.ts';
import { CliError } from './cli-error.ts';
import { isLoopback } from './endpoint.ts';
import { EXIT } from './exit-codes.ts';
import { type LoginAnswer, Loopback } from './loopback.ts';
import type { LoginPlace, Machine } from './machine.ts';

/** How long a person has in the browser. */
const PATIENCE = 5 * 60_000;
/** RFC 8628, 3.5. */
const SLOWER = 5;
const FIRST_POLL = 5;

/**
 * A person logs in with the browser of this machine (RFC 8252), or, where it has none, with that of another one (RFC 8628).
 * `client` is anonymous.
 */
export const logInByBrowser = async (
  at: LoginPlace,
  client: Client,
  device: boolean,
): Promise<IdentityToken> => {
  const found = device ? undefined : await byLoopback(at, client);
  return found ?? byDevice(at, client);
};

/** Undefined where no browser can be opened here. */
const byLoopback = async (
  { io, machine }: LoginPlace,
  client: Client,
): Promise<IdentityToken | undefined> => {
  const { issuer, authorization_endpoint: page } = await pageOf(client);
  const [state, codeVerifier] = [randomBytes(32), randomBytes(32)].map((bytes) =>
    bytes.toString('base64url'),
  );
  if (state === undefined || codeVerifier === undefined) throw new Error('no random text');
  await using loopback = await Loopback.open({ state, issuer });
  const { redirectUri } = loopback;
  const url = new URL(page);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: 'tidegate-cli',
    redirect_uri: redirectUri,
    state,
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    machine_name: machine.name,
  }).toString();
  if (!(await machine.openBrowser(url.href))) return undefined;
  io.complain(['Go on in the browser. Where none has opened, open this address on this machine:', url.href]);
  const answer = await answerWithin(machine, loopback);
  if ('code' in answer) return tokensByLoginCode(client, { code: answer.code, redirectUri, codeVerifier });
  throw new CliError(
    EXIT.REFUSED,
    answer.error === 'access_denied'
      ? 'The login was refused in the browser.'
      : 'The login page refused this login.',
  );
};

const answerWithin = async (machine: Machine, loopback: Loopback): Promise<LoginAnswer> => {
  const answered = new AbortController();
  const tooLate = machine.pause(PATIENCE, answered.signal).then(() => undefined);
  // it is cut off where the answer comes first
  tooLate.catch(() => {});
  const answer = await Promise.race([loopback.answer, tooLate]);
  answered.abort();
  if (answer) return answer;
  throw new CliError(EXIT.REFUSED, 'The login was not allowed in the browser within five minutes.');
};

/** The person's browser is sent nowhere but to the server, encrypted as the command line's own connection is. */
const pageOf = async (client: Client): Promise<Discovery> => {
  const discovery = await discover(client);
  const { authorization_endpoint: page } = discovery;
  const { protocol, origin } = URL.parse(page) ?? {};
  const isSafe =
    protocol === 'https:' || (protocol === 'http:' && (isLoopback(page) || origin === client.endpoint));
  if (isSafe) return discovery;
  throw new CliError(EXIT.FAILED, `The server names a login page without TLS: ${page}. Use --device.`);
};

const byDevice = async ({ io, machine, clock }: LoginPlace, client: Client): Promise<IdentityToken> => {
  const begun = await beginDeviceLogin(client, machine.name);
  io.complain([
    'Open this address in a browser, on any machine:',
    `  ${begun.verification_uri}`,
    'and type the code:',
    `  ${begun.user_code}`,
    '',
    'Waiting for the login to be allowed there.',
  ]);
  const end = clock.now() + begun.expires_in * 1000;
  let seconds = begun.interval || FIRST_POLL;
  while (clock.now() < end) {
    await machine.pause(seconds * 1000);
    const found = await tokensByDeviceCode(client, begun.device_code);
    if (found === 'slow_down') seconds += SLOWER;
    else if (found !== 'pending') return found;
  }
  throw new CliError(EXIT.REFUSED, 'The login was not allowed in time.');
};
