import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { LoginRequest } from '../../identity/room.ts';
import { COMMAND_LINE } from '../../wire/tokens.ts';
import { machineNameOf } from './machine-name.ts';

const text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ maxLength, description }));

/** What a command line sends a browser to the login page with (RFC 6749, 4.1.1; RFC 7636, 4.3). */
export const LoginQuery = Type.Object({
  response_type: text(50, 'code'),
  client_id: text(100, 'tidegate-cli'),
  redirect_uri: text(200, 'http://127.0.0.1:PORT/callback or http://[::1]:PORT/callback'),
  state: text(500, 'Comes back as it was sent'),
  code_challenge: text(100, 'SHA-256 of the verifier, in base 64 for URLs'),
  code_challenge_method: text(20, 'S256'),
  machine_name: text(400, 'What the client calls its machine'),
  scope: text(200, 'Ignored'),
});

/** RFC 8252, 7.3 and 8.3: this machine by its address, over any port; a name may lead elsewhere. Compared whole but for the port. */
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\]):([1-9]\d{0,4})\/callback$/;

/** RFC 7636, 4.2: 32 bytes. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

export interface Asked extends LoginRequest {
  readonly state: string | undefined;
}

type Given = (name: string) => string | undefined;

/**
 * The client and where the answer goes: where one of them is not right, nothing is answered there, and the person is told.
 * Throws BAD_REQUEST.
 */
export const redirectOf = (given: Given): string => {
  if (given('client_id') !== COMMAND_LINE)
    throw new RegistryError('BAD_REQUEST', { message: `Parameter client_id must be ${COMMAND_LINE}.` });
  const redirectUri = given('redirect_uri') ?? '';
  const [, port] = LOOPBACK.exec(redirectUri) ?? [];
  if (port !== undefined && Number(port) <= 65_535) return redirectUri;
  throw new RegistryError('BAD_REQUEST', {
    message: 'Parameter redirect_uri must be http://127.0.0.1:PORT/callback or http://[::1]:PORT/callback.',
  });
};

/** Why the client is refused, as RFC 6749, 4.1.2.1 words it; the login it asks for where nothing is wrong. */
export const loginRequestOf = (
  given: Given,
): Asked | { readonly error: string; readonly because: string } => {
  const redirectUri = redirectOf(given);
  if (given('response_type') !== 'code')
    return { error: 'unsupported_response_type', because: 'response_type must be code' };
  const codeChallenge = given('code_challenge') ?? '';
  if (given('code_challenge_method') !== 'S256' || !CHALLENGE.test(codeChallenge))
    return { error: 'invalid_request', because: 'code_challenge with code_challenge_method=S256 is needed' };
  return {
    clientId: COMMAND_LINE,
    redirectUri,
    codeChallenge,
    machine: machineNameOf(given('machine_name')),
    state: given('state'),
  };
};

/** The address at the client's machine with an answer (RFC 6749, 4.1.2; RFC 9207). */
export const answerTo = (
  redirectUri: string,
  answer: Readonly<Record<string, string | undefined>>,
  issuer: string,
): string => {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries({ ...answer, iss: issuer }))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
};
