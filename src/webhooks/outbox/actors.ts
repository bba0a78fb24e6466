import type { AuditedEvent } from '../../audit/events/room.ts';
import { entityIdOf, type Identity } from '../../identity/room.ts';
import type { HookEvent } from './event.ts';

type Named = Pick<Identity, 'users' | 'serviceIds' | 'profiles'>;

/** What the actors of events are called. One is made for each page of events. */
export class Actors {
  readonly #identity: Named;
  readonly #known = new Map<string, HookEvent['actor']>();

  constructor(identity: Named) {
    this.#identity = identity;
  }

  /** Receivers learn the names of their own account's identities; of another account's only that it was one. */
  async of({ principal, accountId }: AuditedEvent): Promise<HookEvent['actor']> {
    const key = `${accountId} ${principal}`;
    const known = this.#known.get(key) ?? (await this.#read(principal, accountId));
    this.#known.set(key, known);
    return known;
  }

  async #read(principal: string, accountId: string | undefined): Promise<HookEvent['actor']> {
    const [, kind = '', account = '', iamId = ''] = /^([a-z-]+):([^/]*)\/(.*)$/s.exec(principal) ?? [];
    if (kind === '') return { name: principal === 'anonymous' ? principal : 'system' };
    if (kind === 'registry-token') return { name: 'registry token' };
    if (account !== accountId) return { name: 'an identity of another account' };
    return { name: (await this.#nameOf(kind, account, iamId)) ?? iamId, iamId };
  }

  async #nameOf(kind: string, accountId: string, iamId: string): Promise<string | undefined> {
    const { users, serviceIds, profiles } = this.#identity;
    if (kind === 'user') return (await users.find(accountId, iamId))?.userName;
    const id = entityIdOf(iamId);
    return kind === 'service-id' ? (await serviceIds.find(id))?.name : (await profiles.find(id))?.name;
  }
}
