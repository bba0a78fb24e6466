import { IncomingMessage, type ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Resource } from '../access/actions/actions.ts';
import { type Credential, credentialId } from '../identity/login/credential.ts';
import { requestId } from '../ids.ts';
import { type Actor, principalName } from '../principal.ts';
import type { Region } from '../tenancy/room.ts';

/**
 * The request object of every door: what the access log and the audit tell about it is gathered here as it becomes
 * known.
 */
export class Request extends IncomingMessage {
  readonly id = requestId();
  readonly startedAt = performance.now();
  /** What answers it. */
  response: ServerResponse | undefined;
  /** Which door answered. */
  door = 'none';
  credential: Credential | undefined;
  /** The action decided on, and the decision in words. */
  action: string | undefined;
  because: string | undefined;
  /** What a JSON door decided on. */
  resource: Resource | undefined;
  /** Bytes of blob content received or sent. */
  bytes = 0;
  /** The region the JSON doors were asked in; undefined where none answers on the host. */
  region: Region | undefined;
  /** The client's address, from a trusted proxy's header where there is one. */
  address: string | undefined;
  /** Came in through the operator's own listener, which answers the ops door alone. */
  onOpsListener = false;
  /** Set while the client waits for a 100 before it sends the body. */
  waitsForContinue = false;

  get actor(): Actor {
    return {
      principal: this.credential ? principalName(this.credential.principal) : 'anonymous',
      credentialId: this.credential && credentialId(this.credential),
      address: this.address,
      requestId: this.id,
    };
  }
}
