import type { Actor } from '../../principal.ts';
import type { Delivery, DeliveryPage, DeliveryState } from './delivery.ts';

const notYet = (): never => {
  throw new Error('not built yet');
};

/** The log of what was sent, for 30 days, and what waits. Found through the account and the hook alone. */
export class Deliveries {
  /** Throws NOT_FOUND. `after`: an id that a page ended with. */
  async list(
    _accountId: string,
    _hookId: string,
    _ask: { readonly state?: DeliveryState; readonly after?: string; readonly limit: number },
  ): Promise<DeliveryPage> {
    return notYet();
  }

  /** Throws NOT_FOUND. */
  async find(_accountId: string, _hookId: string, _id: string): Promise<Delivery> {
    return notYet();
  }

  /**
   * Sends it again at once, with the same id, whatever became of it. Throws NOT_FOUND, CONFLICT while it is pending or the
   * hook is switched off.
   */
  async redeliver(_accountId: string, _hookId: string, _id: string, _actor: Actor): Promise<Delivery> {
    return notYet();
  }

  /** Sends `webhook.test`, and answers at once: ask `find` what became of it. Throws NOT_FOUND, CONFLICT as above. */
  async test(_accountId: string, _hookId: string, _actor: Actor): Promise<Delivery> {
    return notYet();
  }
}
