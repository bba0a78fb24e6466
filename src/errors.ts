import { LOGIN_ERRORS } from './login-errors.ts';

/**
 * Every answer that is not a success. Rooms throw codes; each door turns a row into its own envelope, and
 * no other file knows a status. `oci` is the distribution-spec's code where it differs from the row's name,
 * `v1` the code of the IBM Container Registry API, `iam` the one of IBM's IAM, `access` the one of IBM's policies,
 * access groups, users and resource groups.
 */
interface ErrorRow {
  readonly status: number;
  readonly message: string;
  readonly oci?: string;
  readonly v1?: string;
  readonly iam?: string;
  readonly access?: string;
  /** OAuth's own word for it (RFC 6749, 8693), where that is not invalid_request. */
  readonly oauth?: string;
}

export const ERRORS = {
  // distribution-spec code-1 … code-14
  BLOB_UNKNOWN: { status: 404, message: 'blob unknown to this repository' },
  BLOB_UPLOAD_INVALID: { status: 400, message: 'the upload is invalid; start a new one' },
  BLOB_UPLOAD_UNKNOWN: {
    status: 404,
    message: 'upload unknown; it was finished, cancelled or has expired: start a new one',
  },
  DIGEST_INVALID: { status: 400, message: 'the digest is not valid or does not match the content' },
  MANIFEST_BLOB_UNKNOWN: {
    status: 400,
    message: 'the manifest refers to a blob or manifest this repository does not hold; push it first',
    v1: 'CRG0001E',
  },
  MANIFEST_INVALID: { status: 400, message: 'the manifest is not valid' },
  MANIFEST_UNKNOWN: { status: 404, message: 'manifest unknown', v1: 'CRG0004E' },
  NAME_INVALID: { status: 400, message: 'the repository name is not valid' },
  NAME_UNKNOWN: {
    status: 404,
    message: 'repository name not known to this registry',
    v1: 'CRG0004E',
  },
  SIZE_INVALID: { status: 400, message: 'the length sent does not match the content' },
  UNAUTHORIZED: {
    status: 401,
    message: 'Authorization required. Log in with docker login -u iamapikey and an API key.',
    v1: 'CRG0009E',
    iam: 'BXNIM0407E',
    access: 'invalid_token',
  },
  DENIED: {
    status: 403,
    message: 'the request is denied',
    v1: 'CRG0020E',
    iam: 'BXNIM0513E',
    access: 'insufficent_permissions',
  },
  STORAGE_QUOTA_EXCEEDED: {
    status: 403,
    message: 'Your account has exceeded its image storage quota for the current month.',
    oci: 'DENIED',
    v1: 'CRG0020E',
  },
  TRAFFIC_QUOTA_EXCEEDED: {
    status: 403,
    message: 'Your account has exceeded its pull traffic quota for the current month.',
    oci: 'DENIED',
  },
  UNSUPPORTED: { status: 405, message: 'the operation is not supported', v1: 'CRG0008E' },
  TOOMANYREQUESTS: {
    status: 429,
    message: 'too many requests; try again later',
    v1: 'CRG0010E',
    access: 'too_many_requests',
  },
  // refinements of the above: their own status, the spec's code on the wire
  MANIFEST_TOO_LARGE: { status: 413, message: 'the manifest is larger than 4 MiB', oci: 'SIZE_INVALID' },
  RANGE_INVALID: { status: 416, message: 'the range does not fit the content', oci: 'BLOB_UPLOAD_INVALID' },
  BLOB_RANGE_INVALID: {
    status: 416,
    message: 'the range lies outside the blob',
    oci: 'SIZE_INVALID',
  },
  TOO_MANY_TAGS: {
    status: 414,
    message: 'a push names at most 100 tags; push the manifest again for the others',
    oci: 'MANIFEST_INVALID',
  },
  PRECONDITION_FAILED: {
    status: 412,
    message: 'the current version does not fit If-Match or If-None-Match; read it again',
    oci: 'DENIED',
  },
  TAG_INVALID: {
    status: 400,
    message: 'the tag is not valid: at most 128 of A-Z a-z 0-9 _ . - and not beginning with . or -',
    oci: 'MANIFEST_INVALID',
  },
  PAGINATION_INVALID: {
    status: 400,
    message: 'n must be a whole number of 0 or more',
    oci: 'UNSUPPORTED',
  },
  INSUFFICIENT_SCOPE: {
    status: 401,
    message: 'You are not authorized to access the specified resource.',
    oci: 'UNAUTHORIZED',
    v1: 'CRG0009E',
  },
  CREDENTIAL_INVALID: {
    status: 401,
    message: 'The login credentials are not valid, or your account is not active.',
    oci: 'UNAUTHORIZED',
    v1: 'CRG0009E',
    iam: 'BXNIM0415E',
    access: 'invalid_token',
  },
  ...LOGIN_ERRORS,
  HEADERS_TOO_LARGE: {
    status: 431,
    message: 'the request headers are larger than 32 KiB',
    oci: 'UNSUPPORTED',
  },
  EXPECTATION_FAILED: {
    status: 417,
    message: 'Expect can only be 100-continue; leave the header out',
    oci: 'UNSUPPORTED',
  },
  REQUEST_MALFORMED: { status: 400, message: 'the request is not valid HTTP', oci: 'UNSUPPORTED' },
  REQUEST_TIMEOUT: {
    status: 408,
    message:
      'the request body came too slowly: it may pause for 20 s, and must then send 2 KiB a second; send it again',
    oci: 'UNSUPPORTED',
    v1: 'CRG0001E',
    iam: 'BXNIM0106E',
    access: 'invalid_body',
  },
  BODY_BROKEN: {
    status: 400,
    message: 'the request body ended too early; send it again',
    oci: 'SIZE_INVALID',
    v1: 'CRG0001E',
    iam: 'BXNIM0106E',
    access: 'invalid_body',
  },
  // the JSON doors
  BAD_REQUEST: {
    status: 400,
    message: 'the request is not valid',
    oci: 'UNSUPPORTED',
    v1: 'CRG0001E',
    iam: 'BXNIM0106E',
    access: 'invalid_body',
  },
  FIELD_MISSING: {
    status: 400,
    message: 'a required field is missing or empty',
    v1: 'CRG0001E',
    iam: 'BXNIM0109E',
    access: 'invalid_body',
  },
  SUBJECT_TOKEN_INVALID: {
    status: 400,
    message:
      'The subject_token is not valid: it is not of a declared issuer and for this registry, has expired, or its session was ended.',
    iam: 'BXNIM0106E',
    oauth: 'invalid_request',
  },
  TARGET_INVALID: {
    status: 400,
    message: 'There is no such trusted profile, or it does not trust you.',
    iam: 'BXNIM0513E',
    oauth: 'invalid_target',
  },
  NOT_FOUND: {
    status: 404,
    message: 'not found',
    oci: 'NAME_UNKNOWN',
    v1: 'CRG0004E',
    iam: 'BXNIM0415E',
    access: 'not_found',
  },
  ACCOUNT_UNAUTHORIZED: {
    status: 401,
    message: 'You are not authorized to access the specified account.',
    v1: 'CRG0009E',
    iam: 'BXNIM0141E',
  },
  NAMESPACE_INVALID: {
    status: 400,
    message:
      'a namespace name has 4 to 30 lower case letters, digits, - or _, and starts and ends with a letter or digit',
    v1: 'CRG0002E',
  },
  NAMESPACE_TAKEN: {
    status: 409,
    message: 'this namespace is already taken in this region; choose another name',
    v1: 'CRG0003E',
  },
  TAG_PROTECTED: {
    status: 403,
    message: 'a rule of the namespace protects this tag: it cannot be moved or deleted',
    oci: 'DENIED',
    v1: 'CRG0020E',
  },
  IMAGE_HELD: {
    status: 409,
    message: 'the image is held; take the hold off first',
    oci: 'DENIED',
    v1: 'CRG0005E',
  },
  TAG_TAKEN: {
    status: 409,
    message: 'the tag names another image now; untag that image, or restore by digest',
    oci: 'DENIED',
    v1: 'CRT0500E',
  },
  NOT_IN_TRASH: {
    status: 404,
    message:
      'there is no such image in the trash: it was not deleted here, was restored already, or can no longer be restored',
    oci: 'MANIFEST_UNKNOWN',
    v1: 'CRG0004E',
  },
  TOKENS_DISCONTINUED: {
    status: 410,
    message:
      'The creation of registry tokens is discontinued in this account. Use an API key (docker login -u iamapikey), or allow new tokens again: tidegate cr token-settings --registry-tokens enabled.',
    v1: 'CRT0002E',
  },
  BUILDS_DISCONTINUED: {
    status: 410,
    message:
      'This registry does not build images, and IBM’s registry no longer does. Build on your machine and push: docker build -t IMAGE . && docker push IMAGE.',
    v1: 'CRI0410E',
  },
  CONFLICT: {
    status: 409,
    message: 'the entity was changed meanwhile; read it again',
    v1: 'CRG0005E',
    iam: 'BXNIM0110E',
    access: 'policy_conflict_error',
  },
  LOCKED: {
    status: 409,
    message: 'the entity is locked; unlock it first',
    iam: 'BXNIM0111E',
    access: 'request_not_processed',
  },
  LIMIT_REACHED: {
    status: 409,
    message: 'the limit is reached',
    v1: 'CRG0006E',
    iam: 'BXNIM0112E',
    access: 'request_not_processed',
  },
  URI_TOO_LONG: {
    status: 414,
    message: 'a part of the address is longer than 1000 characters; no name here is that long',
    oci: 'UNSUPPORTED',
    v1: 'CRG0001E',
    iam: 'BXNIM0106E',
    access: 'invalid_body',
  },
  BODY_TOO_LARGE: {
    status: 413,
    message: 'the request body is too large',
    oci: 'SIZE_INVALID',
    v1: 'CRG0007E',
    iam: 'BXNIM0106E',
    access: 'invalid_body',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    message: 'this method is not allowed here',
    oci: 'UNSUPPORTED',
    v1: 'CRG0008E',
  },
  ENTITY_CHANGED: {
    status: 412,
    message: 'the entity was changed meanwhile: read it again, and send its entity tag in If-Match',
    v1: 'CRG0005E',
    iam: 'BXNIM0113E',
    access: 'request_not_processed',
  },
  POLICY_CONFLICT: {
    status: 409,
    message: 'a policy with the same subject and resource exists',
    access: 'policy_conflict_error',
  },
  POLICY_UNKNOWN: { status: 404, message: 'there is no such policy', access: 'policy_not_found' },
  ROLE_CONFLICT: { status: 409, message: 'a role of this name exists', access: 'role_conflict_error' },
  ROLE_UNKNOWN: { status: 404, message: 'there is no such role', access: 'role_not_found' },
  NAME_TAKEN: {
    status: 409,
    message: 'the name is taken in this account; choose another',
    v1: 'CRG0005E',
    iam: 'BXNIM0114E',
    access: 'request_not_processed',
  },
  IN_USE: { status: 409, message: 'it is still in use', access: 'request_not_processed' },
  QUERY_MISSING: {
    status: 400,
    message: 'a required query parameter is missing',
    access: 'missing_required_query_parameter',
  },
  // what the world does to us
  STORAGE_FULL: {
    status: 507,
    message: 'the registry has no storage left; tell its operator',
    oci: 'DENIED',
  },
  UNAVAILABLE: {
    status: 503,
    message: 'the registry cannot answer now; try again',
    oci: 'UNAVAILABLE',
    v1: 'CRG0010E',
    iam: 'BXNIM0500E',
    access: 'unable_to_process',
  },
  INTERNAL: {
    status: 500,
    message: 'internal error; the log has the details under the request id',
    oci: 'UNKNOWN',
    v1: 'CRG0011E',
    iam: 'BXNIM0501E',
    access: 'unable_to_process',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

interface ErrorOptions {
  /** Replaces the row's message: says what was wrong and what to do. Shown to the caller. */
  message?: string;
  /** Structured detail, shown to the caller. */
  detail?: unknown;
  /** Why, for the log and for those allowed to know; never shown to a stranger. */
  reason?: string;
  /** Whose credential was refused, where that is known: for the audit log. */
  refused?: RefusedCredential;
  cause?: unknown;
}

/** A credential whose secret is right, and that lets no one in: it is disabled, has expired, or comes from where it may not. */
export interface RefusedCredential {
  readonly accountId: string | undefined;
  /** As the audit log names it. */
  readonly principal: string;
  readonly credentialId: string | undefined;
}

/** The one error rooms throw. Anything else that reaches a door is INTERNAL and its text stays inside. */
export class RegistryError extends Error {
  readonly code: ErrorCode;
  readonly detail: unknown;
  readonly reason: string | undefined;
  declare readonly refused?: RefusedCredential;

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(options.message ?? ERRORS[code].message, { cause: options.cause });
    this.name = 'RegistryError';
    this.code = code;
    this.detail = options.detail;
    this.reason = options.reason;
    if (options.refused) this.refused = options.refused;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

export const rowOf = (code: ErrorCode): ErrorRow => ERRORS[code];
