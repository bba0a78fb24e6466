import type { Identity } from '../../principal.ts';
import { type ChainLink, parseChain, printChain } from './credential.ts';

/** A person in a browser who lets a command line in: who they are, what their login came from, and its session. */
export interface LettingIn {
  readonly principal: Identity;
  readonly chain: readonly ChainLink[];
  readonly sessionId: string | undefined;
}

/** The login that a person gave to a command line, as its row has it. */
export interface LetIn {
  readonly kind: 'device-code' | 'authorization-code';
  readonly accountId: string;
  readonly iamId: string;
  readonly chain: string;
  readonly machine: string | undefined;
}

/**
 * What the row keeps. The login depends on all that the browser's login came from, but not on the browser's session: it gets
 * one of its own, and signing out in the browser does not end it.
 */
export const chainOfLetIn = ({
  principal,
  chain,
  sessionId,
}: LettingIn): { accountId: string; iamId: string; chain: string } => {
  if (principal.kind !== 'user') throw new Error('only people let a command line in');
  const origin = chain.filter(({ id }) => id !== sessionId);
  return {
    accountId: principal.accountId,
    iamId: principal.iamId,
    chain: JSON.stringify(printChain(origin)),
  };
};

/** Undefined where the chain is not understood, or empty: nothing could tell whether it is alive. */
export const parseLetIn = ({ chain }: LetIn): ChainLink[] | undefined => parseChain(JSON.parse(chain));
