/** Every file that defines writes. The SQLite writer's thread imports this to know them (metadata/database.ts). */
import './identity/profile-writes.ts';
import './identity/token-writes.ts';
import './identity/user-writes.ts';
import './identity/writes.ts';
import './metadata/installation.ts';
import './registry/writes.ts';
import './tenancy/writes.ts';
