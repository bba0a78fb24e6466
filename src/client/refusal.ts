import { IamProblem, OciProblem, RegistryProblem } from '../wire/problem.ts';
import { ClientError } from './client-error.ts';
import { hasShape } from './shape.ts';

const contextId = (problem: IamProblem): string | undefined => {
  const id = problem.context?.requestId;
  return typeof id === 'string' ? id : undefined;
};

const withId = (status: number, requestId: string | undefined) => ({
  status,
  ...(requestId ? { requestId } : {}),
});

/**
 * The error in an answer that is not a success, in the form of any door. `body` is the parsed JSON, or undefined where
 * the answer is not JSON (the page of a proxy); then only the status is known.
 */
export const refusalOf = (status: number, headers: Headers, body: unknown): ClientError => {
  const headerId = headers.get('transaction-id') ?? headers.get('x-request-id') ?? undefined;
  if (hasShape(RegistryProblem, body)) {
    return new ClientError(body.code, body.message, withId(status, body['request-id'] || headerId));
  }
  if (hasShape(IamProblem, body)) {
    const { errorCode, errorMessage, error: oauth } = body;
    const options = withId(status, contextId(body) ?? headerId);
    return new ClientError(errorCode, errorMessage, { ...options, ...(oauth ? { oauth } : {}) });
  }
  const first = hasShape(OciProblem, body) ? body.errors[0] : undefined;
  if (first) return new ClientError(first.code, first.message ?? first.code, withId(status, headerId));
  return new ClientError(
    'UNEXPECTED_ANSWER',
    `The server answered with status ${status} and without an error this client knows.`,
    withId(status, headerId),
  );
};
