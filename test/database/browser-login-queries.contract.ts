import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceLoginRow, LoginGrantRow } from '../../src/database/login-schema.ts';
import * as devices from '../../src/identity/device-logins/rows.ts';
import * as grants from '../../src/identity/login-grants/rows.ts';
import { AT, unique } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** Logins of command lines that a person lets in with a browser. */
export const browserLoginQueries = ({ read, write }: QueryTester): void => {
  test('device logins are found by either code, changed, listed by their end and deleted', async () => {
    const row: DeviceLoginRow = {
      id: unique('Device'),
      device_hash: unique('d'),
      user_hash: unique('u'),
      client_id: 'tidegate-cli',
      machine: 'laptop',
      address: null,
      state: 'waiting',
      poll_seconds: 5,
      polled_at: null,
      account_id: null,
      iam_id: null,
      chain: null,
      created_at: AT,
      expires_at: 1,
    };
    const later = {
      ...row,
      id: unique('Device'),
      device_hash: unique('d'),
      user_hash: unique('u'),
      expires_at: 2,
    };
    await write(devices.insertDeviceLogin, row);
    await write(devices.insertDeviceLogin, later);
    assert.deepEqual(await read(devices.findDeviceLogin, row.device_hash), row);
    assert.deepEqual(await read(devices.findDeviceLoginOfUserCode, row.user_hash), row);
    assert.equal(await read(devices.findDeviceLogin, row.user_hash), undefined);
    await write(devices.changeDeviceLogin, row.id, { state: 'denied', polled_at: AT });
    const changed = { ...row, state: 'denied', polled_at: AT };
    assert.deepEqual(await read(devices.findDeviceLogin, row.device_hash), changed);
    assert.deepEqual(await read(devices.findDeviceLogin, later.device_hash), later);
    assert.deepEqual(await read(devices.endedDeviceLogins, 1, 10), [row.id]);
    assert.deepEqual(await read(devices.endedDeviceLogins, 2, 1), [row.id]);
    await write(devices.deleteDeviceLogin, row.id);
    assert.deepEqual(await read(devices.endedDeviceLogins, 2, 10), [later.id]);
    await write(devices.changeDeviceLogin, later.id, { account_id: 'a', iam_id: 'IBMid-1' });
    await write(devices.deleteDeviceLoginsOf, 'b', 'IBMid-1');
    assert.deepEqual(await read(devices.endedDeviceLogins, 2, 10), [later.id]);
    await write(devices.deleteDeviceLoginsOf, 'a', 'IBMid-1');
    assert.deepEqual(await read(devices.endedDeviceLogins, 2, 10), []);
  });

  test('login grants are found by their code, listed by their end and deleted', async () => {
    const row: LoginGrantRow = {
      id: unique('Grant'),
      code_hash: unique('c'),
      client_id: 'tidegate-cli',
      redirect_uri: 'http://127.0.0.1:1/callback',
      code_challenge: 'x',
      machine: null,
      account_id: 'a',
      iam_id: 'IBMid-1',
      chain: '["password/p"]',
      created_at: AT,
      expires_at: 1,
    };
    await write(grants.insertLoginGrant, row);
    assert.deepEqual(await read(grants.findLoginGrant, row.code_hash), row);
    assert.deepEqual(await read(grants.endedLoginGrants, 0, 10), []);
    assert.deepEqual(await read(grants.endedLoginGrants, 1, 10), [row.id]);
    await write(grants.deleteLoginGrant, row.id);
    assert.equal(await read(grants.findLoginGrant, row.code_hash), undefined);
    await write(grants.insertLoginGrant, row);
    await write(grants.deleteLoginGrantsOf, 'a', 'IBMid-2');
    assert.deepEqual(await read(grants.findLoginGrant, row.code_hash), row);
    await write(grants.deleteLoginGrantsOf, 'a', 'IBMid-1');
    assert.equal(await read(grants.findLoginGrant, row.code_hash), undefined);
  });
};
