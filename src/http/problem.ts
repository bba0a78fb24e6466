import { ERRORS, RegistryError, rowOf } from '../errors.ts';
import type { Log } from '../observe/log.ts';
import { maskError, maskSecrets } from '../observe/mask.ts';
import type { Request } from './request.ts';

/** What a door needs of a failure to write its envelope. */
export interface Problem {
  readonly error: RegistryError;
  readonly status: number;
  readonly headers: Record<string, string>;
}

/** Makes the one error doors write of whatever was thrown. What is not ours becomes INTERNAL and stays in the log. */
export const problemOf = (thrown: unknown, request: Request, log: Log): Problem => {
  const error =
    thrown instanceof RegistryError ? maskError(thrown) : new RegistryError('INTERNAL', { cause: thrown });
  const { status } = error;
  if (status >= 500)
    log.error(
      { id: request.id, code: error.code, reason: error.reason, err: error.cause ?? error },
      'request failed',
    );
  request.because ??= error.reason ?? error.message;
  const headers: Record<string, string> = {};
  if (status === 429 || status === 503) headers['Retry-After'] = '5';
  return { error, status, headers };
};

/** The distribution-spec's error body. */
export const ociBody = ({ error }: Problem, request: Request): string =>
  JSON.stringify({
    errors: [
      {
        code: rowOf(error.code).oci ?? error.code,
        message: error.message,
        detail: {
          ...detailOf(error.detail),
          'request-id': request.id,
        },
      },
    ],
  });

const detailOf = (detail: unknown): object => {
  if (Array.isArray(detail)) return { missing: detail };
  return typeof detail === 'object' && detail !== null ? detail : {};
};

/** The error body of IBM's Container Registry API. */
export const v1Body = ({ error }: Problem, request: Request): object => ({
  code: rowOf(error.code).v1 ?? ERRORS.INTERNAL.v1,
  message: error.message,
  'request-id': request.id,
});

/** The same as one line of the messages that docker's build prints. */
export const buildBody = (problem: Problem, request: Request): string => {
  const { message } = problem.error;
  return `${JSON.stringify({ errorDetail: { message }, error: message, ...v1Body(problem, request) })}\n`;
};

/** The error body of IBM's policies, access groups, users and resource groups. */
export const accessBody = ({ error, status }: Problem, request: Request): object => ({
  trace: request.id,
  errors: [
    {
      code: rowOf(error.code).access ?? ERRORS.BAD_REQUEST.access,
      message: error.message,
      ...(error.detail === undefined ? {} : { details: error.detail }),
    },
  ],
  status_code: status,
});

/** The error body of IBM's IAM. */
export const iamBody = ({ error }: Problem, request: Request): object => ({
  errorCode: rowOf(error.code).iam ?? ERRORS.BAD_REQUEST.iam,
  errorMessage: error.message,
  ...(/^\/identity\/(?:token|device_authorization)\b/.test(request.url ?? '') && error.status === 400
    ? { error: rowOf(error.code).oauth ?? 'invalid_request', error_description: error.message }
    : {}),
  context: {
    requestId: request.id,
    requestType: 'incoming',
    userAgent: maskSecrets(String(request.headers['user-agent'] ?? '')).slice(0, 200),
    url: maskSecrets((request.url ?? '').split('?', 1)[0] ?? ''),
    locale: 'en_US',
  },
});
