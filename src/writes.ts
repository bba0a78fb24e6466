/** Every file that defines writes. The SQLite writer's thread imports this to know them (metadata/database.ts). */
import './access/writes.ts';
import './identity/api-key-writes.ts';
import './identity/service-id-writes.ts';
import './identity/session-writes.ts';
import './identity/settings-writes.ts';
import './audit/writes.ts';
import './identity/profile-writes.ts';
import './identity/token-writes.ts';
import './identity/user-writes.ts';
import './identity/writes.ts';
import './lifecycle/writes.ts';
import './metadata/installation.ts';
import './metadata/table-copy.ts';
import './registry/writes.ts';
import './tenancy/writes.ts';
