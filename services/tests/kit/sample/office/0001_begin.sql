-- The far side of the sample: what the shop's rows are sent to, and where deletions begin.
SELECT office.make_audit();
SELECT office.make_operations();
SELECT office.make_inbox();

CREATE TABLE office.customer (
  workspace_id text NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  place_version bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
SELECT office.declare_table('customer', 'workspace');

CREATE TABLE office.tombstone (
  workspace_id text NOT NULL,
  id text NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
SELECT office.declare_table('tombstone', 'global', audited => false);

GRANT SELECT, INSERT, UPDATE, DELETE ON office.customer TO office_api;
GRANT SELECT, INSERT ON office.tombstone TO office_api;
GRANT SELECT, INSERT, UPDATE ON office.operation TO office_api;
GRANT SELECT, INSERT, UPDATE ON office.inbox TO office_api;
