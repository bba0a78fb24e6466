/**
 * The documentation page of 2017 about registry tokens, executed: every claim it makes is a test with the claim's
 * number, against a server that answers to the page's host names, through `bx` and the clients people have.
 */
import { after, before, beforeEach, describe } from 'node:test';
import { clients } from '../support/clients.ts';
import { MINUTE } from '../support/clock.ts';
import { dockerEngine } from '../support/docker-engine.ts';
import { labNetwork } from '../support/lab.ts';
import { checksWith } from './check.ts';
import { PageLab, TOKENS_PAGE } from './page-lab.ts';
import { setup } from './tokens/a0-setup.ts';
import { kinds } from './tokens/a1-kinds.ts';
import { create } from './tokens/a2-create.ts';
import { use } from './tokens/a3-use.ts';
import { remove } from './tokens/a4-remove.ts';
import { badInput } from './tokens/bad-input.ts';
import { mixed } from './tokens/c-mixed.ts';

const { check, skip } = checksWith(labNetwork, dockerEngine, clients(['podman', 'skopeo']));

describe('registry tokens', () => {
  const lab = new PageLab(TOKENS_PAGE);

  before(async () => {
    if (!skip) await lab.open();
  });
  // whoever guesses is told to wait for a minute: no test waits for the wrong passwords of another
  beforeEach(() => {
    if (!skip) lab.advance(MINUTE);
  });
  after(() => lab[Symbol.asyncDispose]());

  describe('A0 setup', () => setup(lab, check));
  describe('A1 kinds', () => kinds(lab, check));
  describe('A2 create', () => create(lab, check));
  describe('A3 use', () => use(lab, check));
  describe('A4 remove', () => remove(lab, check));
  describe('C mixed', () => mixed(lab, check));
  describe('bad input', () => badInput(lab, check));
});
