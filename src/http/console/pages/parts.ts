import type { Identity, LettingIn } from '../../../identity/room.ts';
import type { IdentityParts } from '../../identity/parts.ts';
import type { JsonRequest } from '../../json-app.ts';
import type { Origin } from '../../origin.ts';

export interface PageParts extends IdentityParts {
  readonly origin: Origin;
  readonly browsers: Browsers;
}

export type Passcoded = Parameters<Identity['codes']['passcode']>[0];

/** Who is signed in in a browser: their login, and its session. */
export type SignedIn = LettingIn & Passcoded;

/** What pages know of browsers. */
export interface Browsers {
  /** Undefined where no person is signed in. */
  signedIn(request: JsonRequest): Promise<SignedIn | undefined>;
  /** The same in another account of theirs. Throws ACCOUNT_UNAUTHORIZED. */
  signedInAt(request: JsonRequest, account: string): Promise<SignedIn | undefined>;
  /** Where people sign in, each with its name; they come back to the path. */
  ways(returnTo: string): Promise<readonly { readonly name: string; readonly path: string }[]>;
}
