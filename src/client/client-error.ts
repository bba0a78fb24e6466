/** Codes of failures without an answer from the server. Every other failure has the code of the server's answer. */
export type LocalCode = 'UNREACHABLE' | 'UNEXPECTED_ANSWER' | 'SESSION_ENDED' | 'NAME_INVALID';

interface ClientErrorOptions {
  /** HTTP status of the answer; absent where there was none. */
  status?: number;
  /** The id of the request in the server's log. */
  requestId?: string;
  /** OAuth's word for a refused token request. */
  oauth?: string;
  cause?: unknown;
}

/** A call that failed: the server's refusal, or the reason why there is no usable answer. */
export class ClientError extends Error {
  readonly code: LocalCode | (string & {});
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly oauth: string | undefined;

  constructor(code: ClientError['code'], message: string, options: ClientErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'ClientError';
    this.code = code;
    this.status = options.status;
    this.requestId = options.requestId;
    this.oauth = options.oauth;
  }
}
