import type { Access, AccessGroups } from '../../access/room.ts';
import type { EntityHistory } from '../../audit/events/room.ts';
import type { Clock } from '../../clock.ts';
import type { Identity } from '../../identity/room.ts';
import type { LoginGuard } from '../login-guard.ts';

/** What the doors of IAM open to. */
export interface IdentityParts {
  readonly identity: Identity;
  readonly access: Access;
  readonly accessGroups: AccessGroups;
  readonly history: EntityHistory;
  readonly guard: LoginGuard;
  readonly clock: Clock;
  /** The address clients use, without a slash at its end; the issuer of tokens is `<it>/identity`. */
  readonly externalUrl: string;
}
