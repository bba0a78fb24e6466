import type { Actor, Identity } from '../../principal.ts';
import type { Hook, HookChanges, NewHook } from './hook.ts';

/** Who makes or changes a hook: for the audit, and as the one in whose right it is sent from now on. */
export interface HookAuthor {
  readonly actor: Actor;
  readonly identity: Identity;
}

/** A secret is in the answer that makes it, and nowhere else. */
export interface HookSecret {
  readonly hook: Hook;
  readonly secret: string;
}

const notYet = (): never => {
  throw new Error('not built yet');
};

/** The hooks of accounts. A hook is found through its account alone: another account's is NOT_FOUND. */
export class Hooks {
  /**
   * Throws LIMIT_REACHED, NAME_UNKNOWN for a namespace that the account does not have, BAD_REQUEST for an address that
   * is not allowed, an event that the form has no words for, or a secret that cannot sign.
   */
  async add(_hook: NewHook, _by: HookAuthor): Promise<HookSecret> {
    return notYet();
  }

  /** All of an account, by name: at most 20. */
  async list(_accountId: string): Promise<Hook[]> {
    return notYet();
  }

  /** Throws NOT_FOUND. */
  async find(_accountId: string, _id: string): Promise<Hook> {
    return notYet();
  }

  /** Throws NOT_FOUND, ENTITY_CHANGED, BAD_REQUEST. `ifMatch` in the form of `formatEntityTags`; `*` where none is given. */
  async change(
    _accountId: string,
    _id: string,
    _ifMatch: string,
    _changes: HookChanges,
    _by: HookAuthor,
  ): Promise<Hook> {
    return notYet();
  }

  /** Its deliveries go with it. Throws NOT_FOUND. */
  async remove(_accountId: string, _id: string, _actor: Actor): Promise<void> {
    return notYet();
  }

  /**
   * Makes the next secret, or takes the given one. The one of before signs beside it for `overlap` milliseconds (0: not any
   * more). Throws NOT_FOUND, BAD_REQUEST.
   */
  async rotateSecret(
    _accountId: string,
    _id: string,
    _rotation: { readonly secret?: string; readonly overlap?: number },
    _by: HookAuthor,
  ): Promise<HookSecret> {
    return notYet();
  }
}
