/**
 * The documentation page of 2019 about automating access with API keys, executed: every claim it makes is a test with
 * the claim's number, against a server that answers to the page's host names, through `ibmcloud` and the clients people
 * have.
 */
import { after, before, beforeEach, describe } from 'node:test';
import { clients } from '../support/clients.ts';
import { MINUTE } from '../support/clock.ts';
import { containerRuntime } from '../support/container-runtime.ts';
import { dockerEngine } from '../support/docker-engine.ts';
import { labNetwork } from '../support/lab.ts';
import { general } from './access/b0-general.ts';
import { keys } from './access/b1-keys.ts';
import { login } from './access/b2-login.ts';
import { anyClient } from './access/b3-clients.ts';
import { kubernetes } from './access/kubernetes.ts';
import { checksWith } from './check.ts';
import { ACCESS_PAGE, PageLab } from './page-lab.ts';

const { check, skip } = checksWith(
  labNetwork,
  dockerEngine,
  containerRuntime,
  clients(['podman', 'skopeo', 'crane']),
);

describe('automating access', () => {
  const lab = new PageLab(ACCESS_PAGE);

  before(async () => {
    if (!skip) await lab.open();
  });
  // whoever guesses is told to wait for a minute: no test waits for the wrong passwords of another
  beforeEach(() => {
    if (!skip) lab.advance(MINUTE);
  });
  after(() => lab[Symbol.asyncDispose]());

  describe('B0 general', () => general(lab, check));
  describe('B1 keys', () => keys(lab, check));
  describe('B2 login', () => login(lab, check));
  describe('B3 any client', () => anyClient(lab, check));
  describe('Kubernetes', () => kubernetes(lab, check));
});
