import { ClientError } from './client-error.ts';

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; try http://',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS; try http://',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What went wrong below a failed fetch, which hides it in its cause, and with two addresses tried in the first of theirs. */
const originOf = (error: unknown): { code: string; message: string } => {
  const cause: unknown = error instanceof Error && error.cause ? error.cause : error;
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const message = first instanceof Error ? first.message : String(first);
  return { code: first instanceof Error && 'code' in first ? String(first.code) : '', message };
};

/** Why no answer came from `endpoint`, in words that say what to do about it. */
export const unreachable = (endpoint: string, error: unknown): ClientError => {
  const { code, message } = originOf(error);
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const reason = timedOut
    ? 'no answer in time'
    : UNTRUSTED.has(code)
      ? 'its certificate is signed by an authority this machine does not trust; name its file in NODE_EXTRA_CA_CERTS'
      : (REASONS[code] ?? message);
  return new ClientError('UNREACHABLE', `Cannot reach ${endpoint}: ${reason}.`, { cause: error });
};
