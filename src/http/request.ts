import { IncomingMessage, type ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Resource } from '../access/room.ts';
import { type Credential, credentialId } from '../identity/room.ts';
import { requestId } from '../ids.ts';
import { maskSecrets } from '../observe/mask.ts';
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
  /** Which door answered, and the route's pattern: `/v2/:name/manifests/:reference`. */
  door = 'none';
  route: string | undefined;
  credential: Credential | undefined;
  /** The action decided on, and the decision in words. */
  action: string | undefined;
  because: string | undefined;
  /** Why the decision was no, as its caller's account may read it later: what is another account's is told as absent. */
  denial: string | undefined;
  /** What a JSON door decided on. */
  resource: Resource | undefined;
  /** Bytes of blob content received or sent. */
  bytes = 0;
  /** The region that was asked; undefined where none answers on the host. */
  region: Region | undefined;
  /** The client's address, from a trusted proxy's header where there is one. */
  address: string | undefined;
  /** The name of this process among the replicas. */
  replica: string | undefined;
  /** Came in through the operator's own listener, which answers the ops door alone. */
  onOpsListener = false;
  /** Set while the client waits for a 100 before it sends the body. */
  waitsForContinue = false;

  /** Who asks, with which credential: all that the access log tells of it. */
  get caller(): Pick<Actor, 'principal' | 'credentialId'> {
    return {
      principal: this.credential ? principalName(this.credential.principal) : 'anonymous',
      credentialId: this.credential && credentialId(this.credential),
    };
  }

  /** The same with all that an event of the audit log tells. */
  get actor(): Actor {
    return {
      ...this.caller,
      address: this.address,
      requestId: this.id,
      agent: agentOf(this.headers['user-agent']),
      region: this.region?.name,
      replica: this.replica,
      claims: this.credential?.claims,
    };
  }
}

const LONGEST_AGENT = 200;

/** Masked before it is cut: of a secret that is cut in the middle nothing stays. */
export const agentOf = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : maskSecrets(header).slice(0, LONGEST_AGENT);
