/** Every file that defines writes. The SQLite writer's thread imports this to know them (metadata/database.ts). */
import './access/group-writes.ts';
import './access/role-writes.ts';
import './access/settings-writes.ts';
import './access/writes.ts';
import './identity/token-writes.ts';
import './identity/writes.ts';
import './lifecycle/writes.ts';
import './metadata/installation.ts';
import './metadata/table-copy.ts';
import './registry/writes.ts';
import './tenancy/writes.ts';
