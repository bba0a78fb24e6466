/** What a command line asks with when it sends a person's browser to the login page (RFC 6749, 4.1.1; RFC 7636; RFC 8252). */
export interface LoginRequest {
  readonly clientId: string;
  /** Where the answer goes: a port of this person's own machine. */
  readonly redirectUri: string;
  /** SHA-256 of the verifier that the client keeps, base64url. */
  readonly codeChallenge: string;
  readonly machine: string | undefined;
}

/** What it sends to have the code exchanged. */
export interface LoginProof {
  readonly code: string;
  readonly clientId: string | undefined;
  readonly redirectUri: string;
  readonly codeVerifier: string;
}
