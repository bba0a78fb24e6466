/** The bodies of answers that are not a success: one shape per door. */
import { type Static, Type } from 'typebox';

/** /api/v1. Source: IBM Container Registry API, error body. */
export const RegistryProblem = Type.Object({
  code: Type.String({ description: 'CRG… or CRT…' }),
  message: Type.String(),
  'request-id': Type.String(),
});
export type RegistryProblem = Static<typeof RegistryProblem>;

/** /api/v1/builds: the same as a line of docker's messages. */
export const BuildProblem = Type.Object({
  errorDetail: Type.Object({ message: Type.String() }),
  error: Type.String(),
  ...RegistryProblem.properties,
});

/** /identity/* and /v1/*. Source: IBM IAM Identity Services API, error body. */
export const IamProblem = Type.Object({
  errorCode: Type.String({ description: 'BXNIM…' }),
  errorMessage: Type.String(),
  errorDetails: Type.Optional(Type.String()),
  error: Type.Optional(Type.String({ description: "OAuth's word, of /identity/token" })),
  context: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type IamProblem = Static<typeof IamProblem>;

/** /v2/* and /oauth/token. Source: OCI distribution-spec, `Error Codes`. */
export const OciProblem = Type.Object({
  errors: Type.Array(
    Type.Object({
      code: Type.String(),
      message: Type.Optional(Type.String()),
      detail: Type.Optional(Type.Unknown()),
    }),
  ),
});
export type OciProblem = Static<typeof OciProblem>;

/** Policies, roles, access groups, users, resource groups. Source: IBM IAM Policy Management API, error body. */
export const AccessProblem = Type.Object({
  trace: Type.String({ description: 'The request id' }),
  errors: Type.Array(
    Type.Object({
      code: Type.String(),
      message: Type.String(),
      details: Type.Optional(Type.Unknown()),
    }),
  ),
  status_code: Type.Integer(),
});
export type AccessProblem = Static<typeof AccessProblem>;
